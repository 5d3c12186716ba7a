package preflight

import "context"

// account: there is an account at the authority, or one can be made.
func account(i Issuer) check {
	return check{
		name: i.Own("certificateAuthorityAccount"), title: i.named("Account at the authority"), group: groupAuthority,
		fix: "Do what the certificate authority asks for. Without the account's secret in the vault the next certificate makes a new account.",
		run: func(_ context.Context, f *facts) verdict {
			s, err := f.standings[i.Name]()
			switch {
			case s.Directory == "":
				return unknown("The certificate authority does not answer.").after(authority(i))
			case err != nil:
				return because(err)
			case s.Account == "" && s.BindingNeeded && !s.Bound:
				return fail("The certificate authority takes only accounts that are bound to one of its own, and the settings name none.").
					fixedBy("Put the key id and the HMAC key from your account at the authority into %[1]sEabKeyId and %[1]sEabHmacKey.", i.settings())
			case s.Account == "":
				return pass("There is no account yet; the first certificate makes one.")
			case s.AccountStatus == "unknown":
				return pass("The certificate authority does not know the stored account any more; the next certificate registers it again.")
			case s.AccountStatus != "valid":
				return fail("The account %s is %s at the certificate authority.", s.Account, s.AccountStatus).
					fixedBy("Delete the account's secret in the vault, then the next certificate makes a new account.")
			}
			return pass("The account is %s.", s.Account)
		},
	}
}

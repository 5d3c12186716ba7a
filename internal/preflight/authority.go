package preflight

import "context"

// authority: the certificate authority's directory can be read.
func authority() check {
	return check{
		name: "certificateAuthority", title: "The certificate authority answers", group: groupAuthority,
		fix: "Correct AcmeEndpoint in the settings, and let the app reach it.",
		run: func(_ context.Context, f *facts) verdict {
			s, err := f.standing()
			if s.Directory != "" { // an error after that is about the account
				return pass("The certificate authority answers at %s.", s.Directory)
			}
			return because(err)
		},
	}
}

package preflight

import "context"

// authority: the certificate authority's directory can be read.
func authority(i Issuer) check {
	return check{
		name: i.Own("certificateAuthority"), title: i.named("The certificate authority answers"), group: groupAuthority,
		fix: "Correct " + i.settings() + "Endpoint in the settings, and let the app reach it.",
		run: func(_ context.Context, f *facts) verdict {
			s, err := f.standings[i.Name]()
			if s.Directory != "" { // an error after that is about the account
				return pass("The certificate authority answers at %s.", s.Directory)
			}
			return because(err)
		},
	}
}

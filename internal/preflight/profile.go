package preflight

import (
	"context"
	"slices"
	"strings"
)

// profile: the authority offers the certificate profile of the settings.
func profile() check {
	return check{
		name: "certificateProfile", title: "Certificate profile", group: groupAuthority,
		fix: "Correct AcmeProfile in the settings, or remove it.",
		run: func(_ context.Context, f *facts) verdict {
			s, err := f.standing()
			offers := "none"
			if len(s.Profiles) > 0 {
				offers = strings.Join(s.Profiles, ", ")
			}
			switch {
			case s.Directory == "":
				v := unknown("The certificate authority does not answer.").after(authority())
				v.err = err
				return v
			case s.Profile == "":
				return pass("The certificate authority chooses the profile (it offers %s).", offers)
			case !slices.Contains(s.Profiles, s.Profile):
				return fail("The certificate authority has no profile %q; it offers %s.", s.Profile, offers)
			}
			return pass("The certificate authority offers the profile %s.", s.Profile)
		},
	}
}

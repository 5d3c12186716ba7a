package preflight

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
)

// profile: the authority offers the certificate profile of the settings.
func profile(i Issuer) check {
	return check{
		name: i.Own("certificateProfile"), title: i.named("Certificate profile"), group: groupAuthority,
		fix: "Correct " + i.settings() + "Profile in the settings, or remove it.",
		run: func(_ context.Context, f *facts) verdict {
			s, err := f.standings[i.Name]()
			offers := cmp.Or(strings.Join(slices.Sorted(maps.Keys(s.Profiles)), ", "), "none")
			_, offered := s.Profiles[s.Profile]
			switch {
			case s.Directory == "":
				v := unknown("The certificate authority does not answer.").after(authority(i))
				v.err = err
				return v
			case s.Profile == "":
				return pass("The certificate authority chooses the profile (it offers %s).", offers)
			case !offered:
				return fail("The certificate authority has no profile %q; it offers %s.", s.Profile, offers)
			}
			return pass("The certificate authority offers the profile %s.", s.Profile)
		},
	}
}

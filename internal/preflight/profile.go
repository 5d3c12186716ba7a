package preflight

import (
	"cmp"
	"context"
	"maps"
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
			offers := cmp.Or(strings.Join(slices.Sorted(maps.Keys(s.Profiles)), ", "), "none")
			_, offered := s.Profiles[s.Profile]
			switch {
			case s.Directory == "":
				v := unknown("The certificate authority does not answer.").after(authority())
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

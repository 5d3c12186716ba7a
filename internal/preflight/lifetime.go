package preflight

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"certgate/internal/issuance/managed"
)

// earliestEnds bounds how many records are read, in the order of their end. A
// certificate that lives for hours is among them, unless as many have expired.
const earliestEnds = 200

// lifetime: certificates live long enough for the gateway, which may take four hours to
// read a new version from the vault. How long they live is known from the last one; of
// a profile that no certificate has been issued with, from the authority's own words.
func lifetime() check {
	return check{
		name: "certificateLifetime", title: "Lifetime of certificates", group: groupAuthority,
		fix: "Set AcmeProfile to a profile with longer-lived certificates. With these, the gateway may serve an expired certificate before it reads the new one.",
		run: func(ctx context.Context, f *facts) verdict {
			for _, i := range f.config.Issuers {
				s, err := f.standings[i.Name]()
				if err != nil || s.Profile == "" {
					continue
				}
				if told, ok := hoursIn(s.Profiles[s.Profile]); ok && told < managed.ShortestLifetime {
					return tooShort("Certificates of the profile "+s.Profile+" live, says the authority,", told).
						fixedBy("Set %sProfile to a profile with longer-lived certificates. With these, the gateway may serve an expired certificate before it reads the new one.", i.settings())
				}
			}
			last, err := lastIssued(ctx, f.config.Records)
			switch {
			case err != nil:
				return because(err)
			case last == nil:
				return pass("No certificate has been issued yet, so how long they live is not known.")
			}
			lives := last.NotAfter.Sub(last.NotBefore)
			if lives < managed.ShortestLifetime {
				return tooShort(fmt.Sprintf("The last certificate, %s of %s, lives", last.Name, managed.Day(last.NotBefore)), lives)
			}
			return pass("The last certificate, %s, lives from %s until %s.", last.Name, managed.Day(last.NotBefore), managed.Day(last.NotAfter))
		},
	}
}

func tooShort(what string, lives time.Duration) verdict {
	return fail("%s for %d minutes. The gateway may take four hours to read a renewed one, so at least %d are needed.",
		what, int(lives.Minutes()), int(managed.ShortestLifetime.Minutes()))
}

// lastIssued is the certificate that the authority issued last; nil if there is none.
func lastIssued(ctx context.Context, records Records) (*managed.Record, error) {
	page, _, err := records.ListRecords(ctx, managed.Filter{Sort: "expiry", Top: earliestEnds})
	if err != nil {
		return nil, err
	}
	page = slices.DeleteFunc(page, func(r *managed.Record) bool { return r.Damaged || r.Imported || r.Retired })
	if len(page) == 0 {
		return nil, nil
	}
	return slices.MaxFunc(page, func(a, b *managed.Record) int { return a.NotBefore.Compare(b.NotBefore) }), nil
}

var hours = regexp.MustCompile(`(?i)\b(\d{1,6})[ -]?(hour|minute)`)

// hoursIn finds a time in hours or minutes in what an authority says of a profile.
func hoursIn(description string) (time.Duration, bool) {
	m := hours.FindStringSubmatch(description)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	unit := time.Hour
	if m[2][0]|0x20 == 'm' {
		unit = time.Minute
	}
	return time.Duration(n) * unit, err == nil
}

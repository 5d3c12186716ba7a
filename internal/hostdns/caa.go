package hostdns

import (
	"context"
	"fmt"
	"strings"

	"github.com/miekg/dns"

	"certgate/internal/issuance/caa"
)

// criticalFlag is bit 0, the highest, of a CAA record's flags (RFC 8659 section 4.1).
const criticalFlag = 1 << 7

// CAA climbs from hostname towards the root and returns the first record set
// that it meets (RFC 8659 section 3), following CNAMEs at each name. Owner is
// the name that carries the records, so the target if an alias led there. Any
// name that cannot be looked up ends the climb with an error: a CA must not
// issue past it (section 3, and CA/Browser Forum Baseline Requirements 3.2.2.8).
func (r *Resolver) CAA(ctx context.Context, hostname string) (caa.Records, error) {
	l := &lookup{Resolver: r}
	for name := strings.TrimPrefix(strings.TrimSuffix(hostname, "."), "*."); name != ""; name = parent(name) {
		found, _, err := l.follow(ctx, dns.Fqdn(name), dns.TypeCAA)
		if err != nil {
			return caa.Records{}, fmt.Errorf("check CAA of %s: %w", hostname, err)
		}
		if len(found) == 0 {
			continue
		}
		set := caa.Records{Owner: strings.TrimSuffix(dns.CanonicalName(found[0].Header().Name), ".")}
		for _, rr := range found {
			if r, ok := rr.(*dns.CAA); ok {
				set.Records = append(set.Records, caa.Record{
					Critical: r.Flag&criticalFlag != 0, Tag: strings.ToLower(r.Tag), Value: r.Value,
				})
			}
		}
		return set, nil
	}
	return caa.Records{}, nil
}

func parent(name string) string {
	_, rest, _ := strings.Cut(name, ".")
	return rest
}

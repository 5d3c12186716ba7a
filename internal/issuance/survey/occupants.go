package survey

import (
	"cmp"
	"context"
	"slices"
	"time"

	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

var _ issuance.Occupants = Ports{}

// Occupants implements issuance.Occupants: one reading of the gateway, and one of the
// vault for each listener; names say nothing, because acmebot gives certificates the same
// ones as certgate. A vault that does not answer keeps nobody from a listener.
func (p Ports) Occupants(ctx context.Context, hostnames []string) (list []issuance.Occupant, err error) {
	gateway, err := p.Gateway.Inventory(ctx)
	if err != nil {
		return nil, err
	}
	now := p.now()
	for _, f := range gateway.Found {
		row := inventory.NewRow(f, gateway.Identity, p.OwnVault)
		i := slices.IndexFunc(hostnames, func(host string) bool { return row.Takes(host, cmp.Or(p.HTTPSPort, 443)) })
		if i < 0 {
			continue
		}
		if id, ok := secretid.Parse(f.SecretID); ok {
			facts, err := p.Vaults.Facts(ctx, id)
			if err != nil && p.Log != nil {
				p.Log.InfoContext(ctx, "a vault does not tell of a certificate that is to be replaced", "secret", id.Versionless(), "error", err)
			}
			row.Learn(facts, nil)
		}
		if row.RenewedBy.Who == inventory.Certgate {
			continue
		}
		row.Judge(now)
		o := issuance.Occupant{Hostname: hostnames[i], Former: managed.Former{Listener: f.Name, Entry: f.Entry, SecretID: f.SecretID, RenewedBy: string(row.RenewedBy.Who), NotAfter: row.Ends(), At: now}}
		if row.InCare() {
			o.Manager, o.Since = row.Manager(), row.RenewedBy.Since
		}
		list = append(list, o)
	}
	return list, nil
}

func (p Ports) now() time.Time {
	if p.Now == nil {
		return time.Now().UTC()
	}
	return p.Now().UTC()
}

package survey

import (
	"context"
	"slices"
	"strings"
	"time"

	"certgate/internal/inventory"
)

// Afresh is what listeners are at this moment, by name: one reading of the gateway, one of
// the records, one of the vault for each secret, and a look over TLS at each hostname.
// Nothing is stored. ingress: AGIC owns the gateway.
func (p Ports) Afresh(ctx context.Context, now time.Time, listeners []string) (rows []*inventory.Stored, ingress bool, err error) {
	gateway, err := p.Gateway.Inventory(ctx)
	if err != nil {
		return nil, false, err
	}
	all, err := p.fresh(ctx, map[string]inventory.Gateway{p.name: gateway})
	if err != nil {
		return nil, false, err
	}
	wanted := slices.DeleteFunc(all, func(f *found) bool {
		return f.row.Kind != inventory.KindListener || !slices.ContainsFunc(listeners, func(name string) bool { return strings.EqualFold(name, f.row.Name) })
	})
	p.look(ctx, now, wanted)
	for _, f := range wanted {
		f.row.Judge(now)
		rows = append(rows, f.row)
	}
	return rows, gateway.Ingress, nil
}

package delivery

import (
	"context"

	"certgate/internal/issuance/managed"
)

// Look tells of each target of a certificate what is not as it should be there; "" where
// all is. No target, no entry.
func (d *Deliveries) Look(ctx context.Context, r *managed.Record) map[string]string {
	found := map[string]string{}
	for _, w := range d.of(r.Hostnames) {
		found[w.Name] = d.look(ctx, w, r).behind()
	}
	return found
}

package gatewayview

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"sync"

	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// Standing is how things are with one gateway.
type Standing struct {
	Name       string // in the settings
	ResourceID string
	Addresses  []netip.Addr
	Listeners  int // that have a certificate
	Room       []gatewaydoc.Room
	// Trouble is why something is not known: a sentence; "" if all is.
	Trouble string
}

// Names are those in the settings, the default one's first.
func (v *View) Names() (names []string) {
	for _, g := range v.gateways {
		names = append(names, cmp.Or(g.Name, issuance.DefaultGateway))
	}
	return names
}

// Standings reads every gateway, side by side, and changes nothing.
func (v *View) Standings(ctx context.Context) []Standing {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	all := make([]Standing, len(v.gateways))
	var together sync.WaitGroup
	for i, g := range v.gateways {
		together.Go(func() {
			one := Standing{Name: cmp.Or(g.Name, issuance.DefaultGateway), ResourceID: g.ID()}
			doc, err := g.Read(ctx)
			if err == nil {
				one.Listeners, one.Room = len(doc.Placements()), doc.Limits()
			}
			addresses, addressErr := g.PublicAddresses(ctx)
			one.Addresses = addresses
			if err = errors.Join(err, addressErr); err != nil {
				one.Trouble = cmp.Or(durable.Says(err), "Not everything could be read; the log has the reason.")
			}
			all[i] = one
		})
	}
	together.Wait()
	return all
}

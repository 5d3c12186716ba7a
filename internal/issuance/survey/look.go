package survey

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"certgate/internal/inventory"
	"certgate/internal/issuance"
)

const (
	// looksAtOnce bounds the handshakes that a walk has open.
	looksAtOnce = 20
	// lookTimeout bounds the looks at one listener.
	lookTimeout = 5 * time.Second
)

// look asks vaults and opens TLS for the rows whose turn it is.
func (p Ports) look(ctx context.Context, now time.Time, due []*found) {
	p.askVaults(ctx, due)
	p.address(ctx, due)
	var all sync.WaitGroup
	room := make(chan struct{}, looksAtOnce)
	for _, f := range due {
		if f.row.Kind != inventory.KindListener || f.row.ManagedCertificate != "" || len(f.row.Addresses) == 0 {
			continue
		}
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			f.row.Served = p.LookAt(ctx, &f.row.Row, now)
			if f.row.Served.State == inventory.ServedUnknown {
				f.row.KeepLook(f.before, now)
			}
		})
	}
	all.Wait()
}

// address finds where clients reach each listener; every public IP is read once.
func (p Ports) address(ctx context.Context, due []*found) {
	known := map[string]netip.Addr{}
	for _, f := range due {
		if f.publicIP == "" || f.row.ManagedCertificate != "" {
			continue
		}
		addr, asked := known[f.publicIP]
		if !asked {
			var err error
			if addr, err = p.Gateway.PublicAddress(ctx, f.publicIP); err != nil {
				p.Log.WarnContext(ctx, "surveying without looks at an address that cannot be read", "publicIP", f.publicIP, "error", err)
			}
			known[f.publicIP] = addr
		}
		if addr.IsValid() {
			f.row.Addresses = []netip.Addr{addr}
		} else if f.before != nil {
			f.row.Addresses = f.before.Addresses
		}
	}
}

// LookAt is what the gateway serves for a listener at this moment. An address without an
// answer counts only if none has one: a Functions app need not have a way to IPv6.
func (p Ports) LookAt(ctx context.Context, row *inventory.Row, now time.Time) inventory.Served {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var seen inventory.Served
	for hostname, asked := range row.LookAt() {
		for _, addr := range row.Addresses {
			chain, err := p.Probe.ServedChainAt(ctx, asked, netip.AddrPortFrom(addr.Unmap(), uint16(row.Port)))
			if err == nil || errors.Is(err, issuance.ErrNoListener) {
				seen = row.See(seen, hostname, chain, now)
			} else if p.Log != nil {
				p.Log.InfoContext(ctx, "no answer from a listener", "listener", row.Name, "hostname", asked, "error", err)
			}
		}
	}
	if seen.State == "" {
		seen.State = inventory.ServedUnknown
	}
	return seen
}

// Package gatewayview is what people see of the Application Gateways: where each
// certificate is installed, and which chain clients are shown. It changes nothing.
package gatewayview

import (
	"context"
	"fmt"
	"net/netip"
	"path"
	"sync"
	"time"

	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewayprobe"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

const (
	// good is how long a reading of the gateway's document is shown, if it is not known
	// of a change since. A document has up to some megabytes, and a page of
	// certificates needs the whole of it. For as long, a failure is not tried again:
	// no list waits for it twice.
	good = 30 * time.Second
	// readTimeout bounds a reading: a slow answer of ARM must not keep the list back.
	readTimeout = 10 * time.Second
	// lookTimeout bounds a look over TLS at all addresses.
	lookTimeout = 4 * time.Second
)

// Gateway reads the gateway; *appgateway.Client does.
type Gateway interface {
	ID() string
	Read(ctx context.Context) (*gatewaydoc.Document, error)
	PublicAddresses(ctx context.Context) ([]netip.Addr, error)
}

// Probe looks at it from outside; *gatewayprobe.Prober does.
type Probe interface {
	ServedChain(ctx context.Context, hostname string, addr netip.Addr) ([][]byte, error)
	Look(ctx context.Context, scheme, hostname string, gateway []netip.Addr) gatewayprobe.Look
}

// View is safe for concurrent use.
type View struct {
	gateways []Named
	probe    Probe
	now      func() time.Time

	reading chan struct{} // one reader at a time; the others get what it read
	mu      sync.Mutex
	places  map[string][]managed.Place // by secret
	err     error                      // why there are none
	readAt  time.Time                  // when that reading began
}

// Named is a gateway by its name in the settings; "" is the default one.
type Named struct {
	Name string
	Gateway
}

// New makes a View. It does no I/O. now may be nil.
func New(gateways []Named, probe Probe, now func() time.Time) *View {
	if now == nil {
		now = time.Now
	}
	return &View{gateways: gateways, probe: probe, now: now, reading: make(chan struct{}, 1)}
}

// ResourceName is a gateway's own name.
func (v *View) ResourceName(gateway string) string {
	for _, g := range v.gateways {
		if g.Name == gateway {
			return path.Base(g.ID())
		}
	}
	return gateway
}

// Listeners returns the listeners whose certificate comes from a
// secret, by the secret's secretid.Key. The answer is up to
// half a minute old.
func (v *View) Listeners(ctx context.Context) (map[string][]managed.Place, error) {
	return v.ListenersSince(ctx, time.Time{})
}

// ListenersSince is Listeners for a caller that knows that the gateway was changed
// at the given time: a reading that began earlier is not good enough. The writer
// of the gateway may run in another process, so it cannot be asked to say so.
func (v *View) ListenersSince(ctx context.Context, changed time.Time) (map[string][]managed.Place, error) {
	if places, fresh, err := v.known(changed); fresh {
		return places, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	select {
	case v.reading <- struct{}{}:
		defer func() { <-v.reading }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the gateway's document: %w", context.Cause(ctx))
	}
	if places, fresh, err := v.known(changed); fresh {
		return places, err
	}
	// The first caller's going away must not fail the reading for all.
	shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	began := v.now()
	places, err := v.read(shared)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.places, v.err, v.readAt = places, err, began
	return places, err
}

func (v *View) read(ctx context.Context) (map[string][]managed.Place, error) {
	places := map[string][]managed.Place{}
	for _, g := range v.gateways {
		doc, err := g.Read(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range doc.Placements() {
			key := secretid.Key(p.SecretID)
			places[key] = append(places[key], managed.Place{Gateway: g.Name, Listener: p.Listener})
		}
	}
	return places, nil
}

func (v *View) known(changed time.Time) (places map[string][]managed.Place, fresh bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.places, !v.readAt.IsZero() && v.now().Sub(v.readAt) < good && !v.readAt.Before(changed), v.err
}

// Chain is what a gateway shows a client for the hostname at this moment, leaf
// first (DER), at the first of its addresses that answers.
func (v *View) Chain(ctx context.Context, gateway, hostname string) (chain [][]byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	addresses, err := v.publicAddresses(ctx, gateway)
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", hostname, err)
	}
	for _, addr := range addresses {
		if chain, err = v.probe.ServedChain(ctx, hostname, addr); err == nil {
			return chain, nil
		}
	}
	return nil, err
}

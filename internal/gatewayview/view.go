// Package gatewayview is what people see of the Application Gateway: where each
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
}

// View is safe for concurrent use.
type View struct {
	gateway Gateway
	probe   Probe
	now     func() time.Time

	reading chan struct{} // one reader at a time; the others get what it read
	mu      sync.Mutex
	places  map[string][]string // listeners by secret
	err     error               // why there are none
	readAt  time.Time           // when that reading began
}

// New makes a View. It does no I/O. now may be nil.
func New(gateway Gateway, probe Probe, now func() time.Time) *View {
	if now == nil {
		now = time.Now
	}
	return &View{gateway: gateway, probe: probe, now: now, reading: make(chan struct{}, 1)}
}

// Name is the gateway's name.
func (v *View) Name() string { return path.Base(v.gateway.ID()) }

// Listeners returns the names of the listeners whose certificate comes from a
// secret, by the secret's secretid.Key. The answer is up to
// half a minute old.
func (v *View) Listeners(ctx context.Context) (map[string][]string, error) {
	return v.ListenersSince(ctx, time.Time{})
}

// ListenersSince is Listeners for a caller that knows that the gateway was changed
// at the given time: a reading that began earlier is not good enough. The writer
// of the gateway may run in another process, so it cannot be asked to say so.
func (v *View) ListenersSince(ctx context.Context, changed time.Time) (map[string][]string, error) {
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

func (v *View) read(ctx context.Context) (map[string][]string, error) {
	doc, err := v.gateway.Read(ctx)
	if err != nil {
		return nil, err
	}
	places := map[string][]string{}
	for _, p := range doc.Placements() {
		key := secretid.Key(p.SecretID)
		places[key] = append(places[key], p.Listener)
	}
	return places, nil
}

func (v *View) known(changed time.Time) (places map[string][]string, fresh bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.places, !v.readAt.IsZero() && v.now().Sub(v.readAt) < good && !v.readAt.Before(changed), v.err
}

// Chain is what the gateway shows a client for the hostname at this moment, leaf
// first (DER), at the first of its addresses that answers.
func (v *View) Chain(ctx context.Context, hostname string) (chain [][]byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	addresses, err := v.gateway.PublicAddresses(ctx)
	if err != nil {
		return nil, err
	}
	err = fmt.Errorf("look at %s: the gateway has no public address", hostname)
	for _, addr := range addresses {
		if chain, err = v.probe.ServedChain(ctx, hostname, addr); err == nil {
			return chain, nil
		}
	}
	return nil, err
}

package watch

import (
	"context"
	"errors"
	"hash/fnv"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

const (
	// lookEvery is how often a certificate that is served well is looked at. Which
	// hour is its own follows from its name, so that looks are spread and the time
	// of the last one need not be stored.
	lookEvery = 6
	// noteEvery is how old the stored time of a look may get.
	noteEvery = 24 * time.Hour
	// looksAtOnce bounds the handshakes that one walk has open.
	looksAtOnce = 20
	lookTimeout = 5 * time.Second
)

// sighting is what a look found; the zero value is no look.
type sighting struct {
	served  managed.Served    // by the gateway
	targets map[string]string // see Targets; nil for no look
}

// note puts what was seen into the record and reports whether that is worth
// storing. A gateway that does not answer at all may be a passing fault of the
// network in between, so the first time counts as unknown, the second as nothing
// served; and what was wrong before is not mended by it.
func (g sighting) note(r *managed.Record, now time.Time) bool {
	if g.served == managed.ServedUnknown {
		switch {
		case r.Served == managed.ServedNone, r.Served == managed.ServedOther:
			g.served = r.Served
		case r.Served == managed.ServedUnknown && !r.ServedAt.IsZero():
			g.served = managed.ServedNone
		}
	}
	if g.served == "" {
		return false
	}
	if g.served == r.Served && now.Sub(r.ServedAt) < noteEvery {
		return false
	}
	r.Served, r.ServedAt = g.served, now
	r.NotInstalled = r.NotInstalled && r.Served != managed.ServedCurrent
	return true
}

// lookDue reports whether a certificate is to be looked at now: every lookEvery
// hours, and in each walk while something is wrong with it or it is new.
func lookDue(r *managed.Record, now time.Time) bool {
	if r.Retired || len(r.Hostnames) == 0 {
		return false
	}
	if r.Served != managed.ServedCurrent || len(r.Undelivered) > 0 || now.Sub(r.ServedAt) >= noteEvery {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(r.Name))
	return (int64(h.Sum32())+now.Unix()/3600)%lookEvery == 0
}

func (p Ports) lookAtAll(ctx context.Context, now time.Time, addressesOf map[string][]netip.Addr, page []*managed.Record) map[string]sighting {
	found := map[string]sighting{}
	if len(addressesOf) == 0 && p.Targets == nil {
		return found
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	room := make(chan struct{}, looksAtOnce)
	for _, r := range page {
		if !lookDue(r, now) {
			continue
		}
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			seen := p.lookAt(ctx, addressesOf, r)
			if p.Targets != nil {
				seen.targets = p.Targets.Look(ctx, r)
			}
			mu.Lock()
			defer mu.Unlock()
			found[r.Name] = seen
		})
	}
	all.Wait()
	return found
}

// lookAt opens TLS for each hostname at each address of each gateway. The worst answer
// counts; an address without any counts only if none of its gateway has one, because a
// Functions app need not have a way to the gateway's IPv6 address. A gateway whose address
// is not known says nothing.
func (p Ports) lookAt(ctx context.Context, addressesOf map[string][]netip.Addr, r *managed.Record) sighting {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	worst := managed.Served("")
	for _, gateway := range managed.GatewaysOf(r.Gateways) {
		if addresses := addressesOf[gateway]; len(addresses) > 0 {
			seen, known := p.lookOn(ctx, addresses, r)
			if !known {
				return sighting{} // nothing can be said; the next walk looks again
			}
			worst = worse(worst, seen)
		}
	}
	return sighting{served: worst}
}

// lookOn is lookAt for one gateway; known is false if the vault could not be asked.
func (p Ports) lookOn(ctx context.Context, addresses []netip.Addr, r *managed.Record) (worst managed.Served, known bool) {
	for _, host := range r.Hostnames {
		answered, reached := false, false
		for _, ip := range addresses {
			leaf, err := p.Probe.ServedLeaf(ctx, host, ip)
			seen := managed.ServedNone
			switch {
			case err == nil:
				if seen, err = issuance.Shown(ctx, p.Vault, r, leaf); err != nil {
					p.Log.WarnContext(ctx, "cannot compare with the vault", "certificate", r.Name, "error", err)
					return "", false
				}
			case !errors.Is(err, issuance.ErrNoListener):
				reached = reached || !errors.Is(err, issuance.ErrNotReached)
				p.Log.WarnContext(ctx, "no answer from the gateway", "hostname", host, "address", ip.String(), "error", err)
				continue
			}
			answered = true
			worst = worse(worst, seen)
		}
		if !answered && !reached && p.Fronts != nil && p.Fronts.Front(host) != nil {
			continue // it lets in nobody but its front, and what clients get the targets show
		}
		if !answered {
			worst = worse(worst, managed.ServedUnknown)
		}
	}
	return worst, true
}

func worse(a, b managed.Served) managed.Served {
	rank := map[managed.Served]int{"": 0, managed.ServedCurrent: 1, managed.ServedPrevious: 2, managed.ServedUnknown: 3, managed.ServedOther: 4, managed.ServedNone: 5}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Look puts what the gateway serves at this moment into the record, by the rules of
// the walk; nothing is stored. What cannot be learnt now leaves it as it is.
func (p Ports) Look(ctx context.Context, r *managed.Record, now time.Time) {
	if r.Retired || len(r.Hostnames) == 0 {
		return
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	addressesOf := map[string][]netip.Addr{}
	for _, name := range managed.GatewaysOf(r.Gateways) {
		gateway, err := p.Gateways.Named(name)
		if err == nil {
			addressesOf[name], err = gateway.PublicAddresses(ctx)
		}
		if err != nil {
			p.Log.InfoContext(ctx, "a look at the gateway could not be made", "certificate", r.Name, "gateway", name, "error", err)
		}
	}
	seen := p.lookAt(ctx, addressesOf, r)
	if seen.served == "" {
		return
	}
	seen.note(r, now)
	if r.Served == seen.served {
		r.ServedAt = now
	}
}

package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"certgate/internal/delivery/target"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// Right is what the app's identity needs at a resource, or at a group, for a target.
type Right struct {
	Target  string
	Scope   string
	Actions []string
	Role    string // a built-in one that has them
}

// Rights are those of the targets that certgate tells of certificates.
func (d *Deliveries) Rights() (list []Right) {
	for _, t := range d.Targets {
		if r := t.Resource; r != nil {
			list = append(list, Right{Target: t.Name, Scope: r.Scope, Actions: r.Actions, Role: r.Role})
		}
	}
	return list
}

// BeforeGateway are the targets that stand before the gateway, by name.
func (d *Deliveries) BeforeGateway() (names []string) {
	for _, t := range d.Targets {
		if t.Front != "" {
			names = append(names, t.Name)
		}
	}
	return names
}

// Reach lists the targets, and says in sentences what keeps clients from those endpoints
// whose host the settings name. Which certificate they serve does not matter.
func (d *Deliveries) Reach(ctx context.Context) (names, problems []string) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, t := range d.Targets {
		names = append(names, t.Name)
		for _, e := range t.Endpoints {
			if e.Host == "" {
				continue
			}
			all.Go(func() {
				if why := d.reach(ctx, e); why != "" {
					mu.Lock()
					defer mu.Unlock()
					problems = append(problems, fmt.Sprintf("Target %s: %s", t.Name, why))
				}
			})
		}
	}
	all.Wait()
	return names, problems
}

// reach says why no TLS is spoken at an endpoint; "" if it is.
func (d *Deliveries) reach(ctx context.Context, e target.Endpoint) (why string) {
	ips, why := d.addresses(ctx, e, "")
	for _, ip := range ips {
		_, err := d.Chains.ServedChainAt(ctx, e.Host, netip.AddrPortFrom(ip, e.Port))
		if err == nil || errors.Is(err, issuance.ErrNoListener) {
			return ""
		}
		why = durable.Says(err)
	}
	return why
}

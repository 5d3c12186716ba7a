package delivery

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"time"

	"certgate/internal/delivery/target"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// Starter starts instances; *durable.Runner does.
type Starter interface {
	Start(ctx context.Context, s durable.Start) (id string, existing bool, err error)
}

// Instances lists them.
type Instances interface {
	List(ctx context.Context, filter durable.Filter) (page []*durable.Instance, next string, err error)
}

// Chains opens TLS to an address, with the hostname as the name asked for, and returns
// what is served, the leaf first (DER). *gatewayprobe.Prober does.
type Chains interface {
	ServedChainAt(ctx context.Context, hostname string, at netip.AddrPort) ([][]byte, error)
}

// Resolver finds the addresses of a host; *hostdns.Resolver does.
type Resolver interface {
	Addresses(ctx context.Context, hostname string) (issuance.Addresses, error)
}

// Config is what Deliveries are made of.
type Config struct {
	Targets   []target.Target
	Starter   Starter
	Instances Instances
	Records   managed.Records
	Chains    Chains
	Resolver  Resolver
	Resources Resources
	Vault     Vault
	Log       *slog.Logger
	// Own looks a host up where only this app's network knows it; nil is the system's
	// resolver.
	Own func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Deliveries bring certificates to targets.
type Deliveries struct{ Config }

// New makes Deliveries. It does no I/O. Its Definition must be given to the Runner that
// is its Starter.
func New(c Config) *Deliveries {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Own == nil {
		c.Own = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	return &Deliveries{c}
}

// of lists the targets that hostnames go to, each with those that do.
func (d *Deliveries) of(hostnames []string) (list []wanted) {
	for _, t := range d.Targets {
		if covered := t.Covered(hostnames); len(covered) > 0 {
			list = append(list, wanted{t, covered})
		}
	}
	return list
}

// wanted is a target and the hostnames that it is to serve.
type wanted struct {
	target.Target
	hostnames []string
}

// find is a target as the settings have it now.
func (d *Deliveries) find(name string, hostnames []string) (wanted, bool) {
	list := d.of(hostnames)
	i := slices.IndexFunc(list, func(w wanted) bool { return w.Name == name })
	if i < 0 {
		return wanted{}, false
	}
	return list[i], true
}

// deadline is until when a delivery that began then may take.
func (w wanted) deadline(began time.Time) time.Time { return began.Add(w.Within) }

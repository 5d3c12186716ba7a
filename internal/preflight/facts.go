package preflight

import (
	"context"
	"net/netip"
	"sync"

	"certgate/internal/acmeca"
	"certgate/internal/appgateway"
	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewayprobe"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/caa"
)

// Missing is what came back for a validation file that does not exist.
type Missing = gatewayprobe.Missing

// facts are what several checks look at, each read once per run and only if some
// check wants it.
type facts struct {
	config   Config
	proving  issuance.Proving
	wanted   issuance.Wanted
	hostname string
	gateway  string   // its name; "" is the default one
	others   []*facts // of the other gateways
	// anywhere are the addresses of all gateways, where there are several.
	anywhere []netip.Addr

	document  func() (*gatewaydoc.Document, error)
	survey    func() (gatewaydoc.Survey, error)
	endpoints func() ([]appgateway.Endpoint, error)
	standings map[string]func() (acmeca.Description, error) // by issuer
	addresses func() (issuance.Addresses, error)
	caa       func() (caa.Records, error)
	proof     func() chosen
	existing  func() (*Existing, error)
	active    func() (active, error)
	rows      func() ([]*inventory.Stored, error)
}

func (p *Preflight) facts(ctx context.Context, wanted issuance.Wanted) *facts {
	c := p.config
	f := &facts{config: c, proving: p.proving()}
	limited := func() (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, factsTimeout) }
	f.document = sync.OnceValues(func() (*gatewaydoc.Document, error) {
		ctx, cancel := limited()
		defer cancel()
		return c.Gateway.Read(ctx)
	})
	f.endpoints = sync.OnceValues(func() ([]appgateway.Endpoint, error) {
		doc, err := f.document()
		if err != nil {
			return nil, err
		}
		ctx, cancel := limited()
		defer cancel()
		return c.Gateway.Endpoints(ctx, doc)
	})
	f.standings = map[string]func() (acmeca.Description, error){}
	for _, i := range c.Issuers {
		f.standings[i.Name] = sync.OnceValues(func() (acmeca.Description, error) {
			ctx, cancel := limited()
			defer cancel()
			return i.Authority.Describe(ctx)
		})
	}
	f.active = sync.OnceValues(func() (active, error) {
		ctx, cancel := limited()
		defer cancel()
		return listActive(ctx, c.Instances)
	})
	f.rows = sync.OnceValues(func() ([]*inventory.Stored, error) {
		ctx, cancel := limited()
		defer cancel()
		return c.Listeners.ListRows(ctx)
	})
	for _, m := range c.Others {
		other := p.onOther(m).facts(ctx, wanted)
		other.gateway = m.Name
		f.others = append(f.others, other)
	}
	return f.of(ctx, wanted)
}

// of are the facts of another hostname: what does not depend on it is shared.
func (f *facts) of(ctx context.Context, wanted issuance.Wanted) *facts {
	own, hostname := *f, wanted.Hostname
	own.wanted, own.hostname, own.others = wanted, hostname, nil
	limited := func() (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, factsTimeout) }
	own.survey = sync.OnceValues(func() (gatewaydoc.Survey, error) {
		doc, err := own.document()
		if err != nil {
			return gatewaydoc.Survey{}, err
		}
		return doc.Survey(own.config.Settings, hostname, own.config.HTTPPort), nil
	})
	own.addresses = sync.OnceValues(func() (issuance.Addresses, error) {
		ctx, cancel := limited()
		defer cancel()
		return own.config.Resolver.Addresses(ctx, hostname)
	})
	own.caa = sync.OnceValues(func() (caa.Records, error) {
		ctx, cancel := limited()
		defer cancel()
		return own.config.Resolver.CAA(ctx, hostname)
	})
	own.proof = sync.OnceValue(func() (c chosen) {
		ctx, cancel := limited()
		defer cancel()
		c.Way, c.instead, c.err = own.proving.Choose(ctx, issuance.Way{Wanted: wanted, Barred: own.barred()})
		return c
	})
	for _, o := range f.others {
		other := o.of(ctx, wanted)
		other.caa, other.proof = own.caa, own.proof
		own.others = append(own.others, other)
	}
	own.existing = sync.OnceValues(func() (*Existing, error) {
		ctx, cancel := limited()
		defer cancel()
		return existingOf(ctx, own.config.Vault, hostname)
	})
	return &own
}

// look makes a verdict of the gateway's document. Without one the check says so
// and leaves the reason to the check of the reading.
func (f *facts) look(at func(gatewaydoc.Survey) verdict) verdict {
	s, err := f.survey()
	if err != nil {
		return unknown("The gateway could not be read.").after(gatewayRead())
	}
	return at(s)
}

// front is what the hostname may lead to in the gateway's place; nil for nothing.
func (f *facts) front() *issuance.Front {
	if f.config.Fronts == nil {
		return nil
	}
	return f.config.Fronts.Front(f.hostname)
}

// gatewayIPs are the gateway's public addresses.
func (f *facts) gatewayIPs() ([]netip.Addr, error) {
	endpoints, err := f.endpoints()
	if err != nil {
		return nil, err
	}
	var ips []netip.Addr
	for _, e := range endpoints {
		ips = append(ips, e.Address)
	}
	return ips, nil
}

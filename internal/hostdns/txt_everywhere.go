package hostdns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/miekg/dns"

	"certgate/internal/durable"
)

// ServerState is what one name server shows of a TXT record set.
type ServerState string

const (
	StateThere   ServerState = "there"   // it has all values
	StateMissing ServerState = "missing" // it answers, and values are missing
	StateSilent  ServerState = "silent"  // it gives no usable answer
)

// ServerSight is one name server as one of its addresses shows it.
type ServerSight struct {
	Host    string
	Addr    netip.Addr
	State   ServerState
	Missing []string // the values that it does not have
	Says    string   // why it is missing or silent, if there is more to say
}

// Sight is a TXT record set as all name servers of its zone, or all resolvers, show it.
type Sight struct {
	Zone    string // "" where resolvers were asked
	Servers []ServerSight
}

// maxAtOnce bounds how many servers are asked at a time.
const maxAtOnce = 8

// TXTEverywhere asks every address of every name server that public DNS gives the
// zone for the TXT records of a name in it. Servers that do not answer are part of
// the result; an error means that the servers could not be found.
func (r *Resolver) TXTEverywhere(ctx context.Context, zone, name string, values []string) (Sight, error) {
	hosts, err := r.PublicNameServers(ctx, zone)
	if err != nil {
		return Sight{}, err
	}
	if len(hosts) == 0 {
		return Sight{}, &durable.Transient{Public: fmt.Sprintf("Public DNS has no name servers for the zone %s.", zone)}
	}
	sight := Sight{Zone: plain(zone)}
	for _, host := range hosts {
		found, err := r.Addresses(ctx, host)
		switch {
		case ctx.Err() != nil:
			return Sight{}, ctx.Err()
		case err != nil || len(found.IPs) == 0:
			sight.Servers = append(sight.Servers, ServerSight{Host: host, State: StateSilent, Says: "has no address"})
		}
		for _, ip := range found.IPs {
			sight.Servers = append(sight.Servers, ServerSight{Host: host, Addr: ip})
		}
	}
	places := make(chan struct{}, maxAtOnce)
	var all sync.WaitGroup
	unreachable := make([]bool, len(sight.Servers))
	for i := range sight.Servers {
		if !sight.Servers[i].Addr.IsValid() {
			continue
		}
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			unreachable[i] = r.look(ctx, &sight.Servers[i], dns.CanonicalName(name), values)
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return Sight{}, ctx.Err()
	}
	// Addresses that this machine has no way to say nothing, unless there are no others.
	if slices.Contains(unreachable, false) {
		kept := sight.Servers[:0]
		for i, s := range sight.Servers {
			if !unreachable[i] {
				kept = append(kept, s)
			}
		}
		sight.Servers = kept
	}
	return sight, nil
}

// look asks one server; it reports whether there is no way to its address.
func (r *Resolver) look(ctx context.Context, s *ServerSight, name string, values []string) (unreachable bool) {
	reply, err := r.askAuthority(ctx, s.Addr, name, dns.TypeTXT)
	var refers refersError
	switch {
	case errors.As(err, &refers):
		s.State, s.Missing, s.Says = StateMissing, values, err.Error()
		return false
	case errors.Is(err, errNoAuthority):
		s.State, s.Says = StateSilent, err.Error()
		return false
	case err != nil:
		s.State, s.Says = StateSilent, complaint(err)
		return noRoute(err)
	}
	s.compare(valuesOf(reply, name), values)
	if target, ok := aliasOf(reply, name); ok && s.State == StateMissing {
		s.Says = "has a CNAME record to " + plain(target)
	}
	return false
}

// compare sets what the server lacks of the wanted values.
func (s *ServerSight) compare(has, values []string) {
	s.State = StateThere
	for _, value := range values {
		if !slices.Contains(has, value) {
			s.State, s.Missing = StateMissing, append(s.Missing, value)
		}
	}
}

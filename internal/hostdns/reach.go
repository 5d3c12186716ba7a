package hostdns

import (
	"context"
	"sync"

	"github.com/miekg/dns"
)

// Source is where the servers to ask come from.
type Source int

// The sources.
const (
	FromSettings Source = iota // DnsResolvers
	FromPublic                 // resolvers of the internet, with the system's behind them
	FromSystem                 // the system's alone
)

// Reach is how a server was reached: each "" if it answers, else what it did.
type Reach struct {
	Server   string // host:port
	UDP, TCP string
}

// Answers says whether it does, in both ways: long answers come over TCP.
func (r Reach) Answers() bool { return r.UDP == "" && r.TCP == "" }

// Reach asks each of the servers that are asked first a question that all can answer.
// The error says why there are none to ask.
func (r *Resolver) Reach(ctx context.Context) (Source, []Reach, error) {
	source, servers, timeout := FromSettings, r.fixed, r.timeout
	switch {
	case r.askPublic:
		source, servers, timeout = FromPublic, r.public, min(r.timeout, publicTimeout)
	case len(r.fixed) == 0:
		system, err := r.servers()
		if err != nil {
			return FromSystem, nil, err
		}
		source, servers = FromSystem, system
	}
	reached := make([]Reach, len(servers))
	var all sync.WaitGroup
	for i, server := range servers {
		reached[i].Server = server
		for network, came := range map[string]*string{"udp": &reached[i].UDP, "tcp": &reached[i].TCP} {
			all.Go(func() {
				if _, err := exchange(ctx, network, server, timeout, new(dns.Msg).SetQuestion(".", dns.TypeNS)); err != nil {
					*came = complaint(err)
				}
			})
		}
	}
	all.Wait()
	return source, reached, nil
}

package hostdns

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// TXTAtResolvers asks each of the resolvers that are asked first (the public ones, where
// that is the rule) for the TXT records of a name, for networks from which name servers cannot be asked. Ask only when the records
// must have arrived: a resolver keeps "no such name" for NegativeTTL. Its word is
// weaker than that of TXTEverywhere: it has asked one name server.
func (r *Resolver) TXTAtResolvers(ctx context.Context, name string, values []string) (Sight, error) {
	servers := r.public
	if !r.askPublic {
		var err error
		if servers, err = r.servers(); err != nil {
			return Sight{}, err
		}
	}
	owner := dns.CanonicalName(name)
	sight := Sight{Servers: make([]ServerSight, len(servers))}
	var all sync.WaitGroup
	for i, server := range servers {
		all.Go(func() {
			s := &sight.Servers[i]
			s.Host = server
			reply, err := r.askServer(ctx, server, owner, dns.TypeTXT)
			if err != nil {
				s.State, s.Says = StateSilent, complaint(err)
				return
			}
			s.compare(followed(reply, owner), values)
		})
	}
	all.Wait()
	return sight, ctx.Err()
}

// followed are the TXT values at the end of the aliases within one answer.
func followed(reply *dns.Msg, owner string) []string {
	for range maxAliases {
		target, ok := aliasOf(reply, owner)
		if !ok {
			break
		}
		owner = target
	}
	return valuesOf(reply, owner)
}

func valuesOf(reply *dns.Msg, owner string) []string {
	var has []string
	for _, rr := range recordsOf(reply, owner, dns.TypeTXT) {
		if txt, ok := rr.(*dns.TXT); ok {
			has = append(has, strings.Join(txt.Txt, ""))
		}
	}
	return has
}

// NegativeTTL is how long resolvers keep that a name of the zone does not exist
// (RFC 2308 section 5); 0 if public DNS does not have the zone.
func (r *Resolver) NegativeTTL(ctx context.Context, zone string) (time.Duration, error) {
	name := dns.CanonicalName(zone)
	reply, err := r.ask(ctx, name, dns.TypeSOA)
	if err != nil {
		return 0, err
	}
	for _, rr := range recordsOf(reply, name, dns.TypeSOA) {
		if soa, ok := rr.(*dns.SOA); ok {
			return time.Duration(min(soa.Hdr.Ttl, soa.Minttl)) * time.Second, nil
		}
	}
	return 0, nil
}

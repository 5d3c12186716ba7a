package hostdns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/miekg/dns"

	"certgate/internal/durable"
)

// maxReferrals bounds how often one zone's servers may point to a child's.
const maxReferrals = 8

// errNoAuthority is the answer of a server that does not hold the zone.
var errNoAuthority = errors.New("answered without authority for the zone")

// errNoAddress is a name server that cannot be found.
var errNoAddress = errors.New("no A or AAAA records")

// refersError is the answer of a server that has given the name to a child zone.
type refersError struct{ child cut }

func (e refersError) Error() string { return "refers to " + plain(e.child.zone) }

// askAuthority asks one name server at one of its addresses, without recursion: over
// UDP, and over TCP when the answer did not fit or did not come. The answer is the
// server's own, or an error: refersError, errNoAuthority, rcodeError, or the network's.
func (r *Resolver) askAuthority(ctx context.Context, addr netip.Addr, name string, qtype uint16) (*dns.Msg, error) {
	server := netip.AddrPortFrom(addr, r.authorityPort).String()
	query := new(dns.Msg).SetQuestion(name, qtype)
	query.RecursionDesired = false
	query.SetEdns0(ednsSize, false)
	reply, err := r.exchange(ctx, "udp", server, query)
	if err == nil && reply.Rcode == dns.RcodeFormatError {
		query.Extra = nil
		reply, err = r.exchange(ctx, "udp", server, query)
	}
	if (err != nil && !noRoute(err) || err == nil && reply.Truncated) && ctx.Err() == nil {
		reply, err = r.exchange(ctx, "tcp", server, query)
	}
	if err != nil {
		return nil, err
	}
	if reply.Rcode != dns.RcodeSuccess && reply.Rcode != dns.RcodeNameError {
		return nil, rcodeError(reply.Rcode)
	}
	if len(reply.Answer) == 0 {
		for _, rr := range reply.Ns {
			if ns, ok := rr.(*dns.NS); ok && !reply.Authoritative && dns.IsSubDomain(ns.Hdr.Name, name) {
				child := dns.CanonicalName(ns.Hdr.Name)
				return nil, refersError{cut{child, hostsOf(reply.Ns)}}
			}
		}
	}
	if !reply.Authoritative {
		return nil, errNoAuthority
	}
	return reply, nil
}

// noRoute reports an address of a family that this machine cannot send to, as IPv6
// where there is none: it says nothing of the server.
func noRoute(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL)
}

// authority asks the servers of the name's zone in turn until one answers, going
// down to a child zone where they refer to one. It starts at the zone above the
// name, or at from if that is given.
func (r *Resolver) authority(ctx context.Context, from cut, name string, qtype uint16) (*dns.Msg, cut, error) {
	var err error
	if from.zone == "" {
		if from, err = r.cutAbove(ctx, name); err != nil {
			return nil, cut{}, err
		}
	}
	var refers refersError
	for range maxReferrals {
		reply, err := r.askAny(ctx, from, name, qtype)
		if errors.As(err, &refers) && refers.child.zone != from.zone && dns.IsSubDomain(from.zone, refers.child.zone) {
			from = refers.child
			continue
		}
		return reply, from, err
	}
	return nil, from, fmt.Errorf("the zone %s refers too often", plain(from.zone))
}

// askAny asks the servers of a zone in turn until one has an answer or a referral.
func (r *Resolver) askAny(ctx context.Context, of cut, name string, qtype uint16) (*dns.Msg, error) {
	var causes []error
	for _, host := range of.hosts {
		found, err := r.Addresses(ctx, host)
		if err != nil || len(found.IPs) == 0 {
			causes = append(causes, fmt.Errorf("%s: %w", plain(host), errors.Join(errNoAddress, err)))
		}
		for _, ip := range found.IPs {
			reply, err := r.askAuthority(ctx, ip, name, qtype)
			var refers refersError
			if err == nil || errors.As(err, &refers) {
				return reply, err
			}
			if ctx.Err() != nil {
				return nil, fmt.Errorf("ask the name servers of %s: %w", plain(of.zone), ctx.Err())
			}
			causes = append(causes, fmt.Errorf("%s (%s): %w", plain(host), ip, err))
		}
	}
	return nil, &durable.Transient{Err: fmt.Errorf("ask for %s of %s: %w", dns.TypeToString[qtype], name, errors.Join(causes...)),
		Public: fmt.Sprintf("None of the name servers of %s answers for %s.", plain(of.zone), plain(name))}
}

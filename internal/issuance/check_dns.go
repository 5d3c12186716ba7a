package issuance

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"certgate/internal/durable"
)

// checkDNS makes sure that the CA will end up at this gateway, and may issue,
// before an order is spent on it. Every address counts: a CA picks one, and
// prefers IPv6 (RFC 8555 section 8.3 leaves it open; Let's Encrypt does so).
//
// A hostname that is not proved by http-01, or may not be, need not lead here to get
// a certificate: then that it does not is a sentence for the output.
func checkDNS(resolver Resolver, fronts Fronts, authorities Authorities, p Proving) durable.Step[State] {
	return durable.Step[State]{
		Name:  stepCheckDNS,
		Says:  "Checking whether {hostname} is resolving to the Application Gateway.",
		Title: "Check DNS and CAA",
		// DNS that does not answer is mostly the domain's own and broken, and its
		// owner should hear of it within minutes.
		Attempts: 8,
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			names := s.names()
			notes := make([]string, len(names))
			err := eachName(ctx, names, func(ctx context.Context, i int, name string) (err error) {
				methods := p.Possible(s.way(name))
				var failure *durable.Failure
				notes[i], err = s.leadsHere(ctx, resolver, fronts, name)
				if errors.As(err, &failure) && methods[0] != MethodHTTP {
					notes[i], err = failure.Message, nil
				}
				return err
			})
			if err != nil {
				return durable.Outcome{}, err
			}
			for _, note := range notes {
				s.warn(note)
			}
			return chooseIssuer(ctx, resolver, authorities, p, s)
		},
	}
}

// leadsHere is the error of a hostname that leads neither to the gateway nor to its front.
// The note, for the output, says where other resolvers were asked than should be.
func (s *State) leadsHere(ctx context.Context, resolver Resolver, fronts Fronts, name string) (note string, err error) {
	found, err := resolver.Addresses(ctx, name)
	if err != nil {
		return "", err
	}
	problem, err := ExplainWay(ctx, resolver, frontOf(fronts, name), name, found, s.GatewayIPs)
	if err != nil || problem == "" {
		return found.Note, err
	}
	view, _ := resolver.View(ctx, name)
	return "", &durable.Failure{Code: CodeHostnameNotResolving, Message: strings.TrimSpace(problem + " " + strings.TrimSpace(found.Note+" "+view))}
}

// ExplainAddresses says what is wrong with where a hostname leads; "" if nothing is.
func ExplainAddresses(hostname string, found Addresses, gateway []netip.Addr) string {
	want := joinAddrs(gateway)
	if len(found.IPs) == 0 {
		return fmt.Sprintf("%s has no address in DNS. Create an A record (AAAA for IPv6) with %s, or a CNAME to a name that leads there.", via(hostname, found.Chain), want)
	}
	var elsewhere []netip.Addr
	for _, ip := range found.IPs {
		if !slices.Contains(gateway, ip.Unmap()) {
			elsewhere = append(elsewhere, ip)
		}
	}
	if len(elsewhere) == 0 {
		return ""
	}
	return fmt.Sprintf("%s resolves to %s, the Application Gateway is at %s. Point the record at the gateway, and remove every address that is not the gateway's.", via(hostname, found.Chain), joinAddrs(elsewhere), want)
}

func via(hostname string, chain []string) string {
	if len(chain) == 0 {
		return hostname
	}
	return hostname + " (CNAME to " + strings.Join(chain, ", then ") + ")"
}

func joinAddrs(ips []netip.Addr) string {
	texts := make([]string, len(ips))
	for i, ip := range ips {
		texts[i] = ip.String()
	}
	return strings.Join(texts, ", ")
}

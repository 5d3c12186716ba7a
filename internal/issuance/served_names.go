package issuance

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// namesPerTurn bounds how many hostnames one turn looks at.
const namesPerTurn = 20

// notCurrent is a hostname that is not known to be served with the new certificate; none
// if host is "".
type notCurrent struct {
	host, gateway string
	// older: with an older one that is for it, which has expired or not.
	older, expired bool
	// problem is a sentence if it is served with none of these. Without one, and not
	// older, the hostname is for the next turn.
	problem string
	// front stands before the gateways; nil if none does.
	front  *Front
	waited time.Duration // since the first look
	unseen bool          // a gateway cannot be reached from here
}

// unseenAfter is how long a gateway behind a front may be out of reach until it is taken for
// one that lets nobody in but the front.
const unseenAfter = 10 * time.Second

// nextNotCurrent looks at the hostnames that were not seen to be served yet, and counts
// those that are. It returns the first that is not.
func nextNotCurrent(ctx context.Context, probe Probe, fronts Fronts, vault Vault, records managed.Records, t durable.Turn, s *State) (notCurrent, error) {
	names := s.names()
	seenAs := func(leaf []byte) (managed.Served, error) { return s.seenAs(ctx, vault, records, leaf) }
	for looked := 0; s.Verified < len(names); looked++ {
		next := notCurrent{host: names[s.Verified], front: frontOf(fronts, names[s.Verified]), waited: t.Now.Sub(t.Since)}
		if looked < namesPerTurn {
			if err := next.look(ctx, probe, seenAs, t.Now, s); err != nil {
				return next, err
			}
		}
		if next.unseen {
			s.Unseen = true
			s.warn(fmt.Sprintf("The gateway cannot be reached from here, as if it lets in nobody but the target %s, so what it serves for %s was not seen. What clients get, the delivery to that target looks at.", next.front.Target, next.host))
		}
		if looked == namesPerTurn || next.older || next.problem != "" {
			return next, nil
		}
		s.Verified++
	}
	return notCurrent{}, nil
}

// seenAs says which certificate a leaf is that is served.
func (s *State) seenAs(ctx context.Context, vault Vault, records managed.Records, leaf []byte) (managed.Served, error) {
	if bytes.Equal(leaf, s.Certificate.Leaf) {
		return managed.ServedCurrent, nil
	}
	known, err := s.toBe(ctx, records)
	if err != nil {
		return managed.ServedUnknown, err
	}
	return Shown(ctx, vault, known, leaf)
}

// look asks each address of each gateway. One that has not been asked yet to read the vault
// again comes first among those that have an older certificate.
func (n *notCurrent) look(ctx context.Context, probe Probe, seenAs func([]byte) (managed.Served, error), now time.Time, s *State) error {
	for _, name := range s.gateways() {
		if err := n.lookOn(ctx, name, probe, seenAs, now, s); err != nil || n.problem != "" {
			return err
		}
	}
	return nil
}

func (n *notCurrent) lookOn(ctx context.Context, gateway string, probe Probe, seenAs func([]byte) (managed.Served, error), now time.Time, s *State) error {
	looks := AtEach(s.addressesOf(gateway), func(ip netip.Addr) ([]byte, error) { return probe.ServedLeaf(ctx, n.host, ip) })
	if n.front.hides(looks) && n.waited >= unseenAfter {
		n.unseen = true
		return nil
	}
	for _, look := range looks {
		seen := managed.ServedNone
		if look.Err == nil {
			var err error
			if seen, err = seenAs(look.Found); err != nil {
				return err
			}
		}
		switch seen {
		case managed.ServedCurrent:
		case managed.ServedPrevious:
			_, until := covers(look.Found, n.host)
			n.older, n.expired = true, n.expired || !now.Before(until)
			if n.gateway == "" || s.refreshed(n.gateway) {
				n.gateway = gateway
			}
		default:
			n.problem = notServed(n.host, look.At.String(), look.Err)
			if len(s.gateways()) > 1 {
				n.problem = "On the gateway " + gateway + ": " + n.problem
			}
			return nil
		}
	}
	return nil
}

func notServed(host, addr string, err error) string {
	if err != nil {
		return fmt.Sprintf("The gateway does not serve %s over TLS at %s: %s", host, addr, sentence(err))
	}
	return fmt.Sprintf("The gateway at %s serves another certificate for %s than the one in Key Vault.", addr, host)
}

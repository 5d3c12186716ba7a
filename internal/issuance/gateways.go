package issuance

import (
	"context"
	"net/netip"
	"slices"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// gateways are the names of those that are to serve the certificate; at least one.
func (s *State) gateways() []string { return managed.GatewaysOf(s.Gateways) }

// locate learns the addresses of the gateways.
func (s *State) locate(ctx context.Context, gateways Gateways) error {
	names := s.gateways()
	s.GatewayIPs, s.AddressesOf = nil, nil
	for _, name := range names {
		gateway, err := gateways.Named(name)
		if err != nil {
			return err
		}
		ips, err := gateway.PublicAddresses(ctx)
		if err != nil {
			return on(name, names, err)
		}
		s.GatewayIPs = append(s.GatewayIPs, ips...)
		if len(names) > 1 {
			if s.AddressesOf == nil {
				s.AddressesOf = map[string][]netip.Addr{}
			}
			s.AddressesOf[name] = ips
		}
	}
	return nil
}

func (s *State) addressesOf(gateway string) []netip.Addr {
	if len(s.gateways()) == 1 {
		return s.GatewayIPs
	}
	return s.AddressesOf[gateway]
}

// announce tells the first gateway's lane that it is asked within moments. The others come
// after it, a gateway's update later.
func (s *State) announce(gateways Gateways, t durable.Turn) {
	if first, err := gateways.Named(s.gateways()[0]); err == nil {
		first.Announce(t)
	}
}

// refreshed reports whether a gateway was asked to read the vault again.
func (s *State) refreshed(gateway string) bool {
	if len(s.gateways()) == 1 {
		return s.Refreshed
	}
	return slices.Contains(s.RefreshedOn, gateway)
}

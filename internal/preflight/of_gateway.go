package preflight

import (
	"context"
	"net/netip"
	"slices"

	"certgate/internal/gatewaydoc"
)

// Member is a gateway beside the default one. Each has checks of its own, whose names end
// with the gateway's.
type Member struct {
	Name     string
	Gateway  Gateway
	Settings gatewaydoc.Settings
}

// OfGateway makes a check's name that of a gateway; "" is the default one.
func OfGateway(check, gateway string) string {
	if gateway == "" {
		return check
	}
	return check + ":" + gateway
}

// onOther is a preflight of another gateway alone.
func (p *Preflight) onOther(m Member) *Preflight {
	other := *p
	other.config.Gateway, other.config.Settings, other.config.Others = m.Gateway, m.Settings, nil
	return &other
}

// gatewayChecks are those that are made of each gateway.
func gatewayChecks() []check {
	return []check{
		gatewayRead(), gatewayChange(), gatewayRunning(), gatewayIdentity(), gatewayAddress(), gatewayBackend(),
		gatewayRoom(), gatewayCertificates(), gatewayHTTPSPort(), challengePath(), challengeFetch(),
	}
}

// ofOthers are the findings about the gateways beside the default one.
func (p *Preflight) ofOthers(ctx context.Context, f *facts) []func() Finding {
	var all []func() Finding
	for _, other := range f.others {
		for _, c := range gatewayChecks() {
			c.title += " (" + other.gateway + ")"
			all = append(all, func() Finding {
				out := p.one(ctx, c, other)
				out.Check = OfGateway(out.Check, other.gateway)
				if out.WaitsFor != "" {
					out.WaitsFor = OfGateway(out.WaitsFor, other.gateway)
				}
				return out
			})
		}
	}
	return all
}

// everywhere are the addresses of all gateways that can be read.
func (f *facts) everywhere() ([]netip.Addr, error) {
	ips, err := f.gatewayIPs()
	for _, other := range f.others {
		if more, otherErr := other.gatewayIPs(); otherErr == nil {
			ips, err = append(ips, more...), nil
		}
	}
	return ips, err
}

// home are the facts of the gateway that the hostname leads to; the default one's if it
// leads to none.
func (f *facts) home() *facts {
	if len(f.others) == 0 {
		return f
	}
	found, err := f.addresses()
	if err != nil {
		return f
	}
	all, _ := f.everywhere() // what is not known is left out
	for _, one := range append([]*facts{f}, f.others...) {
		ips, err := one.gatewayIPs()
		if err == nil && slices.ContainsFunc(found.IPs, func(ip netip.Addr) bool { return slices.Contains(ips, ip.Unmap()) }) {
			at := *one
			at.anywhere = all
			return &at
		}
	}
	return f
}

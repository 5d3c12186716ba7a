package preflight

import (
	"context"
	"net/netip"
	"slices"

	"golang.org/x/net/publicsuffix"

	"certgate/internal/appgateway"
	"certgate/internal/issuance"
)

// DNS is where a hostname leads and where it should. Its members are published.
type DNS struct {
	Hostname  string   `json:"hostname"`
	Addresses []string `json:"addresses"`
	Chain     []string `json:"chain"` // CNAME targets, in order
	Gateway   []string `json:"gateway"`
	// Front is the DNS name that the hostname may lead to in the gateway's place; "" for none.
	Front  string   `json:"front,omitempty"`
	Advice []Record `json:"advice"` // records to make; none if all is well
}

// Record is a DNS record. ALIAS stands for what providers call ALIAS, ANAME or
// CNAME flattening: it takes the place of the A and AAAA records beside it.
type Record struct {
	Type  string `json:"type"` // CNAME, A, AAAA, ALIAS, CAA
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (p *Preflight) dns(ctx context.Context, f *facts) *DNS {
	out := &DNS{Hostname: f.hostname, Addresses: []string{}, Chain: []string{}, Gateway: []string{}, Advice: []Record{}}
	found, err := f.addresses()
	if err != nil {
		p.config.Log.InfoContext(ctx, "preflight", "check", "dns", "error", err)
	}
	out.Addresses, out.Chain = texts(found.IPs), append(out.Chain, found.Chain...)
	endpoints, unread := f.endpoints()
	if unread != nil {
		return out
	}
	gateway, _ := f.gatewayIPs() // the endpoints were just read
	out.Gateway = texts(gateway)
	// Where the name servers themselves are broken, no record mends it.
	if err != nil {
		return out
	}
	front := f.front()
	if front != nil {
		out.Front = front.Host
	}
	switch problem, err := issuance.ExplainWay(ctx, f.config.Resolver, front, f.hostname, found, gateway); {
	case err != nil || problem == "":
	case front != nil:
		out.Advice = []Record{{Type: "CNAME", Name: f.hostname, Value: front.Host}}
		if apex(f.hostname) {
			out.Advice[0].Type = "ALIAS"
		}
	default:
		out.Advice = advise(f.hostname, endpoints)
	}
	return out
}

// advise lists the records that lead a hostname to the gateway. A CNAME follows
// the gateway wherever it moves, but no other record may stand beside it (RFC
// 1034 section 3.6.2), so a registered domain itself cannot have one.
func advise(hostname string, gateway []appgateway.Endpoint) []Record {
	label := ""
	if i := slices.IndexFunc(gateway, func(e appgateway.Endpoint) bool { return e.FQDN != "" }); i >= 0 {
		label = gateway[i].FQDN
	}
	// A label leads to one address; with two, only records for each reach both.
	if label != "" && !apex(hostname) && len(gateway) == 1 {
		return []Record{{Type: "CNAME", Name: hostname, Value: label}}
	}
	advice := []Record{}
	for _, e := range gateway {
		kind := "A"
		if e.Address.Is6() {
			kind = "AAAA"
		}
		advice = append(advice, Record{Type: kind, Name: hostname, Value: e.Address.String()})
	}
	if label != "" && apex(hostname) {
		advice = append(advice, Record{Type: "ALIAS", Name: hostname, Value: label})
	}
	return advice
}

// apex reports whether a hostname is at the top of its zone, as far as its name tells.
func apex(hostname string) bool {
	registered, err := publicsuffix.EffectiveTLDPlusOne(hostname)
	return err != nil || registered == hostname
}

func texts(ips []netip.Addr) []string {
	out := []string{}
	for _, ip := range ips {
		out = append(out, ip.String())
	}
	return out
}

package issuance_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/challengedns"
	"certgate/internal/dnsproviders"
	"certgate/internal/hostdns"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/localstack/dnssim"
)

// account is an account at a DNS provider that holds zones of a simulated DNS.
type account struct {
	Held []*dnssim.Zone
	// Refuse, if set, may refuse any call: "zones", "ensure" or "remove".
	Refuse  func(call string) error
	Changes int // that were asked for
}

func (a *account) refuses(call string) error {
	if a.Refuse == nil {
		return nil
	}
	return a.Refuse(call)
}

// Zones implements dnsproviders.Account.
func (a *account) Zones(context.Context) (zones []dnsproviders.Zone, err error) {
	for _, z := range a.Held {
		zone := dnsproviders.Zone{ID: z.Name, Name: dnsproviders.Plain(z.Name)}
		for _, host := range z.NameServers {
			zone.NameServers = append(zone.NameServers, dnsproviders.Plain(host))
		}
		zones = append(zones, zone)
	}
	return zones, a.refuses("zones")
}

func (a *account) zone(id string) *dnssim.Zone {
	return a.Held[slices.IndexFunc(a.Held, func(z *dnssim.Zone) bool { return z.Name == id })]
}

// Ensure implements dnsproviders.Account.
func (a *account) Ensure(_ context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	a.Changes++
	if err := a.refuses("ensure"); err != nil {
		return "", err
	}
	a.zone(z.ID).ChangeTXT(c.Name, uint32(c.TTL/time.Second), c.Values, nil)
	return dnsproviders.Receipt("change-" + c.Name), nil
}

// Settled implements dnsproviders.Account.
func (a *account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

// Remove implements dnsproviders.Account.
func (a *account) Remove(_ context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	if err := a.refuses("remove"); err != nil {
		return err
	}
	a.zone(z.ID).ChangeTXT(c.Name, uint32(c.TTL/time.Second), nil, c.Values)
	return nil
}

// dnsWorld is a world with public DNS and accounts at DNS providers.
type dnsWorld struct {
	*issuancetest.World
	public *dnssim.World
}

// withDNS gives the flows these accounts. Zones are added to public, and to an account's
// Held.
func withDNS(t *testing.T, accounts map[string]*account) *dnsWorld {
	t.Helper()
	w := &dnsWorld{World: issuancetest.NewWorld(t)}
	w.public = dnssim.New(dnssim.Options{Now: w.Clock.Now})
	t.Cleanup(w.public.Close)
	w.public.AddRoot()
	w.CA.TXT = w.txt
	resolver, err := hostdns.New(hostdns.Config{Servers: []string{w.public.StartRecursor().String()}, AuthorityPort: w.public.Port(), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	config := challengedns.Config{Resolver: resolver, DelegationZone: "acme.platform.test", Now: w.Clock.Now}
	for name, account := range accounts {
		config.Accounts = append(config.Accounts, challengedns.Account{
			Name: name, TTL: challengedns.DefaultTTL, Settle: challengedns.DefaultSettle, Limit: challengedns.DefaultLimit,
			Open: func(context.Context) (dnsproviders.Account, error) { return account, nil },
		})
	}
	w.DNS = challengedns.New(config)
	w.Runner.Add(issuance.AddCertificate(w.Ports()))
	w.Runner.Add(issuance.RenewCertificate(w.Ports()))
	return w
}

// zone adds a zone of an account.
func (w *dnsWorld) zone(of *account, name, records string) *dnssim.Zone {
	w.Helper()
	zone := w.public.AddZone(name, "ns1.provider.test", "ns2.provider.test")
	zone.Add(records)
	of.Held = append(of.Held, zone)
	return zone
}

// txt are the values that all name servers of a name's zone show, along CNAME records.
func (w *dnsWorld) txt(name string) []string {
	for _, zone := range w.public.Zones() {
		if zone.Name == "." || !dns.IsSubDomain(zone.Name, dns.CanonicalName(name)) {
			continue
		}
		var common []string
		for i, host := range zone.NameServers {
			reply, _, err := new(dns.Client).Exchange(new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeTXT), w.public.Server(host).Addr.String())
			if err != nil {
				return nil
			}
			var values []string
			for _, rr := range reply.Answer {
				switch rr := rr.(type) {
				case *dns.TXT:
					values = append(values, strings.Join(rr.Txt, ""))
				case *dns.CNAME:
					if len(reply.Answer) == 1 {
						values = append(values, w.txt(rr.Target)...)
					}
				}
			}
			if i == 0 {
				common = values
			}
			common = slices.DeleteFunc(common, func(v string) bool { return !slices.Contains(values, v) })
		}
		return common
	}
	return nil
}

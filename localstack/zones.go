package localstack

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"certgate/localstack/dnsapis"
	"certgate/localstack/dnssim"
	"certgate/localstack/edge"
)

// startZones starts public DNS with the zones of the options, and says where a resolver
// listens that knows them, and all other names from upstream.
func (s *Stack) startZones(upstream string) (resolver string) {
	s.Public = dnssim.New(dnssim.Options{Upstream: upstream})
	s.onClose(s.Public.Close)
	s.Public.AddRoot()
	for _, name := range slices.Sorted(maps.Keys(s.options.Zones)) {
		s.Public.AddZone(name, "ns1.azure-dns.test", "ns2.azure-dns.test").Add(s.options.Zones[name])
	}
	for holder, zones := range s.options.ZonesElsewhere {
		for _, name := range slices.Sorted(maps.Keys(zones)) {
			s.Public.AddZone(name, "ns1."+holder+".test", "ns2."+holder+".test").Add(zones[name])
		}
	}
	return s.Public.StartRecursor().String()
}

// dnsToken is that of the app's accounts at DNS providers.
const dnsToken = "local-dns-token"

// dnsProvider is one whose API is played here.
type dnsProvider struct {
	host, prefix string // of the API's addresses
	api          func(w *dnssim.World, token string) http.Handler
}

var dnsProviders = map[string]dnsProvider{
	"cloudflare": {"api.cloudflare.com", "/client/v4", dnsapis.Cloudflare},
	"hetzner":    {"api.hetzner.cloud", "/v1", dnsapis.Hetzner},
}

// dnsRoutes are the APIs of the providers that have zones.
func (s *Stack) dnsRoutes() (routes []edge.Route) {
	for holder := range s.options.ZonesElsewhere {
		if p, ok := dnsProviders[holder]; ok {
			routes = append(routes, edge.Route{Host: p.host, Handler: http.StripPrefix(p.prefix, p.api(s.Public, dnsToken))})
		}
	}
	return routes
}

// zoneSettings give the app accounts that hold the zones.
func (s *Stack) zoneSettings() []string {
	if s.Public == nil {
		return nil
	}
	// Settle: every side of this network is asked.
	settings := []string{
		"Dns__azure__Provider=azuredns",
		"Dns__azure__Zones=" + strings.Join(s.zoneIDs, ","),
		"Dns__azure__Settle=0s",
		fmt.Sprintf("DnsAuthorityPort=%d", s.Public.Port()),
	}
	for holder, zones := range s.options.ZonesElsewhere {
		if _, ok := dnsProviders[holder]; ok {
			account := "Dns__" + holder + "__"
			settings = append(settings, account+"Provider="+holder, account+"Credentials="+dnsToken, account+"Settle=0s",
				account+"Zones="+strings.Join(slices.Sorted(maps.Keys(zones)), ","))
		}
	}
	return settings
}

// addZones makes the zones resources of Azure.
func (s *Stack) addZones() {
	if s.Public == nil {
		return
	}
	for name := range s.options.Zones {
		zone, _ := s.Public.Lookup(name)
		s.zoneIDs = append(s.zoneIDs, s.ARM.AddDNSZone(resourceGroup, zone))
	}
}

// TXTNames are the names that have TXT records in the zones, which people should find
// empty when nothing runs.
func (s *Stack) TXTNames() []string {
	var names []string
	if s.Public != nil {
		for _, zone := range s.Public.Zones() {
			names = append(names, zone.TXTNames()...)
		}
	}
	return names
}

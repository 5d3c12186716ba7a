package localstack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"certgate/localstack/dnssim"
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
	return s.Public.StartRecursor().String()
}

// zoneSettings give the app an account at Azure DNS that holds the zones.
func (s *Stack) zoneSettings() []string {
	if s.Public == nil {
		return nil
	}
	return []string{
		"Dns__azure__Provider=azuredns",
		"Dns__azure__Zones=" + strings.Join(s.zoneIDs, ","),
		"Dns__azure__Settle=0s", // every side of this network is asked
		fmt.Sprintf("DnsAuthorityPort=%d", s.Public.Port()),
	}
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

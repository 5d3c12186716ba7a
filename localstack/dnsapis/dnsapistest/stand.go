// Package dnsapistest sets an adapter of a DNS provider before the simulated API of
// that provider, for the contract of package dnstest.
package dnsapistest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/localstack/dnssim"
)

// Zone is the zone that each stand has.
const Zone = "example.com"

// Stand is an adapter before a simulated API over one zone, and a second one that
// does not stand in the way. api makes the API, open the adapter for where it listens.
func Stand(t *testing.T, api func(*dnssim.World) http.Handler, open func(url string) dnsproviders.Account) dnstest.Stand {
	t.Helper()
	world := dnssim.New(dnssim.Options{})
	t.Cleanup(world.Close)
	zone := world.AddZone(Zone, "ns1.provider.test", "ns2.provider.test")
	world.AddZone("another.example", "ns1.provider.test")
	door := &dnstest.Door{Next: api(world)}
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	return dnstest.Stand{
		Open:         func() dnsproviders.Account { return open(server.URL) },
		Zone:         Zone,
		Values:       func(name string) []string { values, _ := zone.TXT(name); return values },
		Put:          func(name, value string) { zone.ChangeTXT(name, 3600, []string{value}, nil) },
		LoseZone:     func() { world.DropZone(Zone) },
		Fails:        door.Fails,
		BeforeChange: door.BeforeChange,
	}
}

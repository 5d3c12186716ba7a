package acmedns_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/acmedns"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.ACMEDNS(w, dnsapistest.Zone, "sub", "user", "pass") },
			func(url string) dnsproviders.Account {
				a, err := acmedns.New(acmedns.Config{URL: url, Registrations: []acmedns.Registration{{FullDomain: dnsapistest.Zone, Subdomain: "sub", Username: "user", Password: "pass"}}})
				if err != nil {
					t.Fatal(err)
				}
				return a
			})
		s.Name, s.Configured, s.KeepsAll, s.LoseZone = dnsapistest.Zone, true, true, nil
		return s
	})
}

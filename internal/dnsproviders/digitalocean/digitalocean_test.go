package digitalocean_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/digitalocean"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.DigitalOcean(w, "token") },
			func(url string) dnsproviders.Account {
				a, err := digitalocean.New(digitalocean.Config{Token: "token", Endpoint: url})
				if err != nil {
					t.Fatal(err)
				}
				return a
			})
		return s
	})
}

package hetzner_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/dnsproviders/hetzner"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.Hetzner(w, "token") },
			func(url string) dnsproviders.Account {
				return hetzner.New(hetzner.Config{Token: "token", Endpoint: url})
			})
		s.Settles = true
		return s
	})
}

package cloudflare_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/cloudflare"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		return dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.Cloudflare(w, "token") },
			func(url string) dnsproviders.Account {
				return cloudflare.New(cloudflare.Config{Token: "token", Endpoint: url})
			})
	})
}

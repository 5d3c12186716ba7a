package godaddy_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/dnsproviders/godaddy"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.GoDaddy(w, "key", "secret") },
			func(url string) dnsproviders.Account {
				return godaddy.New(godaddy.Config{Key: "key", Secret: "secret", Endpoint: url})
			})
		s.BeforeChange = nil // a set can be replaced without condition only
		return s
	})
}

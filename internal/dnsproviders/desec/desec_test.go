package desec_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/desec"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.DeSEC(w, "token") },
			func(url string) dnsproviders.Account {
				return desec.New(desec.Config{Token: "token", Endpoint: url})
			})
		s.BeforeChange = nil // a set that stands can be replaced without condition only
		return s
	})
}

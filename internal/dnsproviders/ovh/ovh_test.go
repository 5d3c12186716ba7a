package ovh_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/dnsproviders/ovh"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

var keys = dnsapis.OVHKeys{Application: "app", Secret: "secret", Consumer: "consumer"}

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.OVH(w, keys) },
			func(url string) dnsproviders.Account {
				a, err := ovh.New(ovh.Config{Endpoint: url, ApplicationKey: keys.Application, ApplicationSecret: keys.Secret, ConsumerKey: keys.Consumer})
				if err != nil {
					t.Fatal(err)
				}
				return a
			})
		return s
	})
}

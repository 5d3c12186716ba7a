package route53_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/dnsproviders/route53"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.Route53(w, "AKIDEXAMPLE") },
			func(url string) dnsproviders.Account {
				return route53.New(route53.Config{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", Endpoint: url})
			})
		s.Settles = true
		return s
	})
}

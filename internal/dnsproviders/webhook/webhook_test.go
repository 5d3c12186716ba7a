package webhook_test

import (
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/dnsproviders/webhook"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.Webhook(w, "user", "pass") },
			func(url string) dnsproviders.Account {
				a, err := webhook.New(webhook.Config{URL: url, Username: "user", Password: "pass", Zones: []string{dnsapistest.Zone}})
				if err != nil {
					t.Fatal(err)
				}
				return a
			})
		s.Configured, s.BeforeChange = true, nil
		return s
	})
}

package e2e

import (
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"certgate/localstack"
	"certgate/localstack/faultca"
	"certgate/localstack/localstacktest"
)

// servedBy checks that the gateway serves what the authority issued.
func servedBy(t *testing.T, w *localstacktest.World, hostname string, roots func() (*x509.CertPool, error)) {
	t.Helper()
	pool, err := roots()
	if err != nil {
		t.Fatal(err)
	}
	secret := "https://" + localstack.VaultHost + "/secrets/" + strings.ReplaceAll(hostname, ".", "-")
	if err := w.CheckServedBy(t.Context(), hostname, secret, pool); err != nil {
		t.Error(err)
	}
}

func TestAnAuthorityThatIsOutOfOrderIsStoodInForUntilTheRenewal(t *testing.T) {
	t.Parallel()
	const host, name = "shop.example.test", "shop-example-test"
	w := localstacktest.Start(t, localstack.Options{SecondCA: true, Env: []string{"IssuerPatienceMinutes=0"}})
	first := func() (*x509.CertPool, error) { return w.Pebble.Roots(t.Context()) }
	second := func() (*x509.CertPool, error) { return w.Second.Roots(t.Context()) }
	authority := func() string {
		var c struct{ Authority string }
		if code, raw := w.Call(http.MethodGet, "/api/certificates/"+name, ""); code != http.StatusOK || json.Unmarshal(raw, &c) != nil {
			t.Fatalf("the certificate: %d %s", code, raw)
		}
		return c.Authority
	}

	w.CA.Arm(faultca.Busy(faultca.NewOrder, 0, 0)) // HTML and 503, as a load balancer before it
	done := completes(t, w, w.Request(host))
	if !strings.Contains(string(done.Output), "The issuer default could not issue the certificate") {
		t.Errorf("the output says nothing of it: %s", done.Output)
	}
	servedBy(t, w, host, second)
	if got := authority(); got != "second" {
		t.Errorf("the certificate is of the issuer %q", got)
	}
	var issuers struct {
		Issuers []struct {
			Name, Account string
			Answers       bool
		}
	}
	if code, raw := w.Call(http.MethodGet, "/api/issuers", ""); code != http.StatusOK || json.Unmarshal(raw, &issuers) != nil || len(issuers.Issuers) != 2 ||
		issuers.Issuers[1].Name != "second" || !issuers.Issuers[1].Answers || issuers.Issuers[1].Account == "" {
		t.Errorf("the issuers: %d %s", code, raw)
	}
	nothingLeft(t, w, name)

	w.CA.Clear()
	if code, raw := w.Call(http.MethodPost, "/api/certificates/"+name+"/renew", ""); code != http.StatusAccepted {
		t.Fatalf("renew: %d %s", code, raw)
	}
	completes(t, w, newest(t, w, "RenewCertificateFunctions"))
	servedBy(t, w, host, first)
	if got := authority(); got != "default" {
		t.Errorf("the renewed certificate is of the issuer %q", got)
	}
	if w.Versions(name) != 2 {
		t.Errorf("%d versions", w.Versions(name))
	}
	nothingLeft(t, w, name)
}

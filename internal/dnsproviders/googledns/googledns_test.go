package googledns_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/dnsproviders/googledns"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnsapis/dnsapistest"
	"certgate/localstack/dnssim"
)

// privateKey is a service account's.
func privateKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	key := privateKey(t)
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		s := dnsapistest.Stand(t, func(w *dnssim.World) http.Handler { return dnsapis.Google(w, "project", "token") },
			func(url string) dnsproviders.Account {
				a, err := googledns.New(googledns.Config{KeyJSON: dnsapis.GoogleKey("project", url, key), Endpoint: url})
				if err != nil {
					t.Fatal(err)
				}
				return a
			})
		s.Settles = true
		return s
	})
}

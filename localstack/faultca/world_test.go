package faultca_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/localstack/edge"
	"certgate/localstack/faultca"
	"certgate/localstack/localca"
	"certgate/localstack/pebble"
	"certgate/localstack/process/processtest"
	"certgate/localstack/waittest"
)

// world is the real ACME adapter, and the proxy between it and a real Pebble
// that takes every challenge for valid.
type world struct {
	*testing.T
	proxy  *faultca.Proxy
	pebble *pebble.Pebble
	ca     *acmeca.CA
}

func newWorld(t *testing.T) *world {
	t.Helper()
	authority, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := pebble.Start(t.Context(), pebble.Options{Dir: t.TempDir(), Authority: authority, Env: []string{"PEBBLE_VA_ALWAYS_VALID=1"}})
	processtest.RequireTools(t, err)
	t.Cleanup(server.Stop)
	upstream, err := edge.Upstream(server.URL(), authority.Pool())
	if err != nil {
		t.Fatal(err)
	}
	proxy := faultca.New()
	internet, err := edge.Start(edge.Config{Authority: authority, Log: slog.New(slog.DiscardHandler), Routes: []edge.Route{
		{Host: "acme.test", Handler: upstream, Middleware: []edge.Middleware{proxy.Wrap}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { internet.Close() })
	through, err := url.Parse(internet.URL())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(through), TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}}
	t.Cleanup(transport.CloseIdleConnections)
	return &world{T: t, proxy: proxy, pebble: server, ca: acmeca.New(acmeca.Config{
		Endpoint: "https://acme.test/dir", Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: transport,
	})}
}

// order places an order that must be taken. Pebble shows a certificate a moment before it
// finds the order that it replaces; until then it answers 500.
func (w *world) order(request issuance.OrderRequest) (order issuance.Order) {
	w.Helper()
	waittest.Until(w, waittest.Patience, "the order is taken", func() bool {
		var err error
		order, err = w.ca.NewOrder(w.Context(), request)
		if err != nil && (request.Replaces == "" || !errors.As(err, new(*durable.Transient))) {
			w.Fatal(err)
		}
		return err == nil
	})
	return order
}

// made is how many orders Pebble has taken.
func (w *world) made() int {
	w.Helper()
	n, err := w.pebble.Orders()
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// ready walks an order up to the status ready.
func (w *world) ready(order issuance.Order) issuance.Order {
	w.Helper()
	for _, at := range order.Authorizations {
		a, err := w.ca.Authorization(w.Context(), at)
		if err != nil {
			w.Fatal(err)
		}
		if a.Status == "pending" {
			if err := w.ca.Answer(w.Context(), a.Challenge.URL); err != nil {
				w.Fatal(err)
			}
		}
	}
	return w.until(order, "ready")
}

// until reads the order, as a durable step does, until it has the status.
func (w *world) until(order issuance.Order, status string) issuance.Order {
	w.Helper()
	var read issuance.Order
	waittest.Until(w, waittest.Patience, "the order is "+status, func() bool {
		var err error
		if read, err = w.ca.Order(w.Context(), order.URL); err != nil {
			w.Fatal(err)
		}
		return read.Status == status
	})
	return read
}

// issue walks an order to a certificate and returns its ARI id.
func (w *world) issue(hostname string) (certID string) {
	w.Helper()
	order := w.ready(w.order(issuance.OrderRequest{Hostnames: []string{hostname}}))
	if _, err := w.ca.Finalize(w.Context(), order, csr(w.T, hostname)); err != nil {
		w.Fatal(err)
	}
	chain, err := w.ca.Chain(w.Context(), w.until(order, "valid").CertificateURL, "")
	if err != nil {
		w.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		w.Fatal(err)
	}
	if leaf.SerialNumber.BitLen()%8 == 0 { // an id begins with a zero byte then, and Pebble does not find it
		return w.issue(hostname)
	}
	return ariID(leaf)
}

func csr(t *testing.T, hostname string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{hostname}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

package acmeca_test

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/localstack/waittest"
)

// wire counts what really goes out.
type wire struct {
	base http.RoundTripper

	mu       sync.Mutex
	requests []string // "METHOD path status"
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.base.RoundTrip(req)
	status := 0
	if err == nil {
		status = resp.StatusCode
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, fmt.Sprintf("%s %s %d", req.Method, req.URL.Path, status))
	return resp, err
}

// seen lists the requests so far that start with the prefix.
func (w *wire) seen(prefix string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []string
	for _, r := range w.requests {
		if strings.HasPrefix(r, prefix) {
			found = append(found, r)
		}
	}
	return found
}

// machine is a CA as one machine has it, on a secret and locks that all share.
func machine(p *pebble, secret *acmecatest.Secret, l acmeca.Locker) (*acmeca.CA, *wire) {
	w := &wire{base: p.transport()}
	return acmeca.New(acmeca.Config{
		Endpoint: p.directory(), Email: "ops@example.test", Profile: "classic",
		Accounts: secret, Locks: l, Transport: w, UserAgent: "certgate/test",
	}), w
}

func newCSR(t *testing.T, names ...string) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: names}, newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// issue walks an order from nothing to a chain.
func issue(t *testing.T, ca *acmeca.CA, request issuance.OrderRequest) (issuance.Order, [][]byte) {
	t.Helper()
	ctx := t.Context()
	order := must[issuance.Order](t)(ca.NewOrder(ctx, request))
	for _, url := range order.Authorizations {
		authz := must[issuance.Authorization](t)(ca.Authorization(ctx, url))
		if authz.Status == "pending" {
			if err := ca.Answer(ctx, authz.Challenge.URL); err != nil {
				t.Fatal(err)
			}
		}
	}
	read := func() issuance.Order { return must[issuance.Order](t)(ca.Order(ctx, order.URL)) }
	waittest.Until(t, time.Minute, "order is ready", func() bool { return read().Status == "ready" })
	must[issuance.Order](t)(ca.Finalize(ctx, order, newCSR(t, request.Hostnames...)))
	var valid issuance.Order
	waittest.Until(t, time.Minute, "order is valid", func() bool { valid = read(); return valid.Status == "valid" })
	return order, must[[][]byte](t)(ca.Chain(ctx, valid.CertificateURL, ""))
}

func wantFailure(t *testing.T, err error, code string, words ...string) {
	t.Helper()
	var failure *durable.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a failure with %s", err, code)
	}
	if failure.Code != code {
		t.Errorf("code is %s, want %s (%s)", failure.Code, code, failure.Message)
	}
	for _, w := range words {
		if !strings.Contains(failure.Message, w) {
			t.Errorf("message lacks %q: %s", w, failure.Message)
		}
	}
}

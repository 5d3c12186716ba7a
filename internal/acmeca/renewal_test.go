package acmeca_test

import (
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
)

// renewable issues a certificate whose serial number does not start with a zero
// byte: Pebble does not find the predecessor of an order by such a number.
func renewable(t *testing.T, ca *acmeca.CA, name string) *x509.Certificate {
	t.Helper()
	for {
		_, chain := issue(t, ca, issuance.OrderRequest{Hostnames: []string{name}})
		leaf := must[*x509.Certificate](t)(x509.ParseCertificate(chain[0]))
		if leaf.SerialNumber.BitLen()%8 != 0 {
			return leaf
		}
	}
}

func TestARenewalNamesItsPredecessor(t *testing.T) {
	t.Parallel()
	ca, w := machine(startPebble(t, pebbleOptions{}), &acmecatest.Secret{}, &acmecatest.Locks{})
	leaf := renewable(t, ca, "a.test")
	id := must[string](t)(managed.CertID(leaf))
	window, retryAfter, err := ca.RenewalInfo(t.Context(), id)
	if err != nil || !window.Start.After(leaf.NotBefore) || !window.End.Before(leaf.NotAfter) || retryAfter != 6*time.Hour {
		t.Fatalf("%+v, again after %s, %v", window, retryAfter, err)
	}

	order := must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: id}))
	if order.Replaces != id || order.NotReplaced != "" {
		t.Errorf("the order replaces %q: %s", order.Replaces, order.NotReplaced)
	}
	if read := must[issuance.Order](t)(ca.Order(t.Context(), order.URL)); read.Replaces != id {
		t.Errorf("read again, the order replaces %q", read.Replaces)
	}

	issue(t, ca, issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: id})
	second := must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: id}))
	if second.Replaces != "" || second.Status == "" || len(w.seen("POST /order-plz 409")) != 1 || !strings.Contains(second.NotReplaced, "already has a replacement order") {
		t.Errorf("a second successor: %+v", second)
	}
}

func TestACertificateOfAnotherAuthorityIsRenewedWithoutItsName(t *testing.T) {
	t.Parallel()
	elsewhere, _ := machine(startPebble(t, pebbleOptions{}), &acmecatest.Secret{}, &acmecatest.Locks{})
	leaf := renewable(t, elsewhere, "a.test")
	ca, _ := machine(startPebble(t, pebbleOptions{}), &acmecatest.Secret{}, &acmecatest.Locks{})
	id := must[string](t)(managed.CertID(leaf))
	if _, retryAfter, err := ca.RenewalInfo(t.Context(), id); !errors.Is(err, renewal.ErrNoInfo) || retryAfter != 6*time.Hour {
		t.Errorf("renewal information: again after %s, %v", retryAfter, err)
	}
	// An id that Pebble refuses as malformed, not one that it merely cannot find.
	order, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: "not.an-id-of-anything!"})
	if err != nil || order.Replaces != "" || order.Status != "pending" || order.NotReplaced == "" {
		t.Errorf("%+v, %v", order, err)
	}
}

func TestRevokingIsDoneOnce(t *testing.T) {
	t.Parallel()
	ca, w := machine(startPebble(t, pebbleOptions{}), &acmecatest.Secret{}, &acmecatest.Locks{})
	leaf := renewable(t, ca, "a.test")
	wantFailure(t, ca.Revoke(t.Context(), leaf.Raw, 99), issuance.CodeRevocationRefused, "Choose another reason")
	for range 2 {
		if err := ca.Revoke(t.Context(), leaf.Raw, 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.seen("POST /revoke-cert 200")); n != 1 {
		t.Errorf("revoked %d times", n)
	}
	window, _, err := ca.RenewalInfo(t.Context(), must[string](t)(managed.CertID(leaf)))
	if err != nil || window.Start.After(time.Now()) {
		t.Errorf("a revoked certificate is not due: %+v, %v", window, err)
	}
}

package acmeca_test

import (
	"crypto/x509"
	"errors"
	"math/big"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/issuance"
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
	ca, w := machine(startPebble(t, pebbleOptions{}), &secretStore{}, &locks{})
	leaf := renewable(t, ca, "a.test")
	window, retryAfter, _, err := ca.RenewalInfo(t.Context(), leaf)
	if err != nil || !window.Start.After(leaf.NotBefore) || !window.End.Before(leaf.NotAfter) || retryAfter != 6*time.Hour {
		t.Fatalf("%+v, again after %s, %v", window, retryAfter, err)
	}

	id := must[string](t)(acmeca.CertID(leaf))
	order := must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: id}))
	if order.Replaces != id {
		t.Errorf("the order replaces %q", order.Replaces)
	}
	if read := must[issuance.Order](t)(ca.Order(t.Context(), order.URL)); read.Replaces != id {
		t.Errorf("read again, the order replaces %q", read.Replaces)
	}

	issue(t, ca, issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: id})
	second := must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: id}))
	if second.Replaces != "" || second.Status == "" || len(w.seen("POST /order-plz 409")) != 1 {
		t.Errorf("a second successor: %+v", second)
	}
}

func TestACertificateOfAnotherAuthorityIsRenewedWithoutItsName(t *testing.T) {
	t.Parallel()
	elsewhere, _ := machine(startPebble(t, pebbleOptions{}), &secretStore{}, &locks{})
	leaf := renewable(t, elsewhere, "a.test")
	ca, _ := machine(startPebble(t, pebbleOptions{}), &secretStore{}, &locks{})
	if _, retryAfter, _, err := ca.RenewalInfo(t.Context(), leaf); !errors.Is(err, acmeca.ErrNoRenewalInfo) || retryAfter != 6*time.Hour {
		t.Errorf("renewal information: again after %s, %v", retryAfter, err)
	}
	// An id that Pebble refuses as malformed, not one that it merely cannot find.
	order, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: "not.an-id-of-anything!"})
	if err != nil || order.Replaces != "" || order.Status != "pending" {
		t.Errorf("%+v, %v", order, err)
	}
}

func TestRevokingIsDoneOnce(t *testing.T) {
	t.Parallel()
	ca, w := machine(startPebble(t, pebbleOptions{}), &secretStore{}, &locks{})
	leaf := renewable(t, ca, "a.test")
	wantFailure(t, ca.Revoke(t.Context(), leaf.Raw, 99), issuance.CodeOrderRefused, "Choose another reason")
	for range 2 {
		if err := ca.Revoke(t.Context(), leaf.Raw, 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.seen("POST /revoke-cert 200")); n != 1 {
		t.Errorf("revoked %d times", n)
	}
	window, _, _, err := ca.RenewalInfo(t.Context(), leaf)
	if err != nil || window.Start.After(time.Now()) {
		t.Errorf("a revoked certificate is not due: %+v, %v", window, err)
	}
}

// The example of RFC 9773 section 4.1.
func TestCertIDIsTheOneOfTheRFC(t *testing.T) {
	t.Parallel()
	leaf := &x509.Certificate{
		AuthorityKeyId: []byte{0x69, 0x88, 0x5B, 0x6B, 0x87, 0x46, 0x40, 0x41, 0xE1, 0xB3, 0x7B, 0x84, 0x7B, 0xA0, 0xAE, 0x2C, 0xDE, 0x01, 0xC8, 0xD4},
		SerialNumber:   big.NewInt(0x87654321),
	}
	if id := must[string](t)(acmeca.CertID(leaf)); id != "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE" {
		t.Errorf("got %s", id)
	}
}

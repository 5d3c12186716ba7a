package pebble_test

import (
	"crypto/x509"
	"encoding/base64"
	"testing"

	"github.com/go-acme/lego/v4/acme"
)

func TestWhatWasIssuedIsListedWithItsRevocation(t *testing.T) {
	t.Parallel()
	c := startCA(t, nil)
	leaves := []*x509.Certificate{c.issue(t, "a.example.test")[0], c.issue(t, "b.example.test")[0]}
	if err := c.acme.Certificates.Revoke(revocationOf(leaves[1])); err != nil {
		t.Fatal(err)
	}
	issued, err := c.Issued(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(issued) != 2 || !issued[0].Certificate.Equal(leaves[0]) || !issued[1].Certificate.Equal(leaves[1]) {
		t.Fatalf("listed %d certificates, want those of a and b", len(issued))
	}
	if issued[0].Revoked || !issued[1].Revoked {
		t.Errorf("revoked: %t and %t, want only the second", issued[0].Revoked, issued[1].Revoked)
	}
	if err := c.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.register(t)
	again := c.issue(t, "c.example.test")[0]
	if issued, err = c.Issued(t.Context()); err != nil || len(issued) != 1 || !issued[0].Certificate.Equal(again) {
		t.Errorf("after a restart: %d certificates, %v; want the new one only", len(issued), err)
	}
}

func revocationOf(leaf *x509.Certificate) acme.RevokeCertMessage {
	return acme.RevokeCertMessage{Certificate: base64.RawURLEncoding.EncodeToString(leaf.Raw)}
}

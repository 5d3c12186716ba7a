package acmeca_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/issuance"
)

func TestOfSeveralChainsThePreferredOneIsTaken(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{alternates: 2})
	pool, err := p.Roots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	roots := pool.Subjects() //nolint:staticcheck // none of the system's is in it
	if len(roots) != 3 {
		t.Fatalf("%d roots", len(roots))
	}
	take := func(preferred string) string {
		ca := acmeca.New(acmeca.Config{Endpoint: p.directory(), Profile: "classic", PreferredChain: preferred, Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: p.transport()})
		_, chain := issue(t, ca, issuance.OrderRequest{Hostnames: []string{"a.test"}})
		last := must[*x509.Certificate](t)(x509.ParseCertificate(chain[len(chain)-1]))
		return last.Issuer.CommonName
	}
	first := take("")
	if got := take("No Such Root"); got != first {
		t.Errorf("without the preferred one: %s, want the authority's first, %s", got, first)
	}
	for _, raw := range roots {
		var sequence pkix.RDNSequence
		if _, err := asn1.Unmarshal(raw, &sequence); err != nil {
			t.Fatal(err)
		}
		var root pkix.Name
		root.FillFromRDNSequence(&sequence)
		if got := take(root.CommonName); got != root.CommonName {
			t.Errorf("the chain ends at %s, want %s", got, root.CommonName)
		}
	}
}

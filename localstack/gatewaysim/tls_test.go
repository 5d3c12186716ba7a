package gatewaysim_test

import (
	"crypto/x509"
	"math/big"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/localstack/gatewaysim"
	"certgate/localstack/vaultsim"
)

func TestACertificateFromTheVaultIsServedBySNI(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	s.issue(t, "a-example", "a.example")
	s.issue(t, "wildcard", "*.b.example")
	if _, err := s.handshake("a.example"); err == nil {
		t.Error("the HTTPS port answers before it has a listener")
	}
	s.change(t, func(d document) {
		d.addSite("wildcard", "*.b.example", 20)
		d.addSite("a-example", "a.example", 10)
	})

	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(s.ca.root)
	for _, tc := range []struct{ sni, want string }{
		{"a.example", "a.example"},
		{"A.Example", "a.example"},
		{"x.b.example", "*.b.example"},
		{"x.y.b.example", "*.b.example"}, // the listener matches where the certificate does not
		{"", "a.example"},                // the first in rule order
		{"unknown.example", "a.example"}, // the same, and no alert
	} {
		chain, err := s.handshake(tc.sni)
		if err != nil {
			t.Errorf("%q: %v", tc.sni, err)
			continue
		}
		if chain[0].DNSNames[0] != tc.want || len(chain) < 2 {
			t.Errorf("%q is answered with %v and %d certificates, want %s", tc.sni, chain[0].DNSNames, len(chain), tc.want)
		}
		intermediates.AddCert(chain[1])
		if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates}); err != nil {
			t.Errorf("%q: %v", tc.sni, err)
		}
	}
}

func TestPriorityDecidesEvenWhereAnExactHostIsThere(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	s.issue(t, "wildcard", "*.b.example")
	s.issue(t, "exact", "x.b.example")
	s.change(t, func(d document) {
		d.addSite("exact", "x.b.example", 20)
		d.addSite("wildcard", "*.b.example", 10)
	})
	chain, err := s.handshake("x.b.example")
	if err != nil || chain[0].DNSNames[0] != "*.b.example" {
		t.Errorf("served %v, %v; the wildcard has the smaller number", chain, err)
	}
}

func (s *stack) serial(t *testing.T, host string) *big.Int {
	t.Helper()
	chain, err := s.handshake(host)
	if err != nil {
		t.Fatal(err)
	}
	return chain[0].SerialNumber
}

func TestARenewedCertificateIsServedAfterANudge(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	s.issue(t, "a", "a.example")
	s.change(t, func(d document) { d.addSite("a", "a.example", 10) })
	first := s.serial(t, "a.example")
	s.issue(t, "a", "a.example")
	if s.serial(t, "a.example").Cmp(first) != 0 {
		t.Error("the new version is served before the gateway looked into the vault")
	}
	if resp := s.send(t, http.MethodPatch, map[string]any{"tags": map[string]any{"nudge": "1"}}); resp.StatusCode != 200 {
		t.Fatalf("PATCH: %d", resp.StatusCode)
	}
	if s.serial(t, "a.example").Cmp(first) == 0 {
		t.Error("the old version is served after the nudge")
	}
}

func TestARenewedCertificateIsServedAfterThePoll(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{SecretPoll: 10 * time.Millisecond}, vaultsim.Options{})
	s.issue(t, "a", "a.example")
	s.change(t, func(d document) { d.addSite("a", "a.example", 10) })
	first := s.serial(t, "a.example")
	s.issue(t, "a", "a.example")
	deadline := time.Now().Add(10 * time.Second)
	for s.serial(t, "a.example").Cmp(first) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("the old version is served for ever")
		}
	}
}

func TestWhatTheVaultRefusesIsDisabledAndWhatIsBusyStays(t *testing.T) {
	t.Parallel()
	var answer atomic.Pointer[vaultsim.Refusal]
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{Deny: func(method, path string) (vaultsim.Refusal, bool) {
		if r := answer.Load(); r != nil && strings.HasPrefix(path, "/secrets/a") {
			return *r, true
		}
		return vaultsim.Refusal{}, false
	}})
	s.issue(t, "a", "a.example")
	s.issue(t, "b", "b.example")
	s.change(t, func(d document) {
		d.addSite("a", "a.example", 10)
		d.addSite("b", "b.example", 20)
	})
	refresh := func(r *vaultsim.Refusal) { answer.Store(r); s.gateway.Refresh() }

	refresh(to.Ptr(vaultsim.Throttled(0)))
	s.serial(t, "a.example")
	refresh(to.Ptr(vaultsim.Forbidden()))
	_, err := s.handshake("a.example")
	wantUnrecognizedName(t, err)
	s.serial(t, "b.example")
	refresh(nil)
	s.serial(t, "a.example")

	if _, err := s.certs.UpdateCertificate(t.Context(), "a", "", azcertificates.UpdateCertificateParameters{
		CertificateAttributes: &azcertificates.CertificateAttributes{Enabled: to.Ptr(false)}}, nil); err != nil {
		t.Fatal(err)
	}
	refresh(nil)
	_, err = s.handshake("a.example")
	wantUnrecognizedName(t, err)

	if _, err := s.certs.DeleteCertificate(t.Context(), "b", nil); err != nil {
		t.Fatal(err)
	}
	s.serial(t, "b.example") // until the next look
	refresh(nil)
	_, err = s.handshake("b.example")
	wantUnrecognizedName(t, err)
}

// TestAChangeIsRefusedWhileAnEntryCannotBeReadAndItsListenerGoesDown is what
// becomes of a secret that two entries refer to, when somebody retires one of them.
func TestAChangeIsRefusedWhileAnEntryCannotBeReadAndItsListenerGoesDown(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	s.issue(t, "shared", "a.example")
	s.issue(t, "other", "b.example")
	s.change(t, func(d document) {
		d.addSite("shared", "a.example", 10)
		d.addSite("other", "b.example", 20)
	})
	if _, err := s.certs.UpdateCertificate(t.Context(), "shared", "", azcertificates.UpdateCertificateParameters{
		CertificateAttributes: &azcertificates.CertificateAttributes{Enabled: to.Ptr(false)}}, nil); err != nil {
		t.Fatal(err)
	}
	if ended := s.tryChange(t, func(d document) { d.add("frontendPorts", "unrelated", map[string]any{"port": 9999}) }); ended != "Failed" {
		t.Errorf("a change ends %s", ended)
	}
	_, err := s.handshake("a.example")
	for deadline := time.Now().Add(10 * time.Second); err == nil && time.Now().Before(deadline); { // the gateway hears of the end a moment later
		_, err = s.handshake("a.example")
	}
	wantUnrecognizedName(t, err)
	s.serial(t, "b.example")
}

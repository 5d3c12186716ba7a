package keyvault_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
)

// created is a service that accepts a create of shop.
func created() *script {
	csr := base64.StdEncoding.EncodeToString([]byte("a CSR"))
	return &script{answers: map[string][]answer{createShop: {{status: 202, body: fmt.Sprintf(`{"status":"inProgress","csr":%q}`, csr)}}}}
}

func TestThePolicyOfAnRSACertificate(t *testing.T) {
	t.Parallel()
	service := created()
	v := newVault(t, keyvault.Config{Transport: redirect(t, service)})
	request := issuance.CertificateRequest{Name: shop.Name, Hostnames: []string{"shop.example.com", "*.shop.example.com"}}
	if _, err := v.PendingCSR(once(t), request); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"policy": map[string]any{
			"issuer":       map[string]any{"name": "Unknown"},
			"key_props":    map[string]any{"kty": "RSA", "key_size": 2048.0, "exportable": true, "reuse_key": false},
			"secret_props": map[string]any{"contentType": "application/x-pkcs12"},
			"x509_props": map[string]any{
				"subject":   "CN=shop.example.com",
				"sans":      map[string]any{"dns_names": []any{"shop.example.com", "*.shop.example.com"}},
				"ekus":      []any{"1.3.6.1.5.5.7.3.1"},
				"key_usage": []any{"digitalSignature", "keyEncipherment"},
			},
			"lifetime_actions": []any{map[string]any{
				"trigger": map[string]any{"lifetime_percentage": 80.0},
				"action":  map[string]any{"action_type": "EmailContacts"},
			}},
		},
		"tags": map[string]any{
			"Hostname":  "shop.example.com",
			"Hostnames": "shop.example.com,*.shop.example.com",
			"ManagedBy": "certgate",
		},
	}
	if diff := cmp.Diff(want, service.sent(t, createShop)); diff != "" {
		t.Errorf("create (-want +got):\n%s", diff)
	}
}

func TestEachKeyTypeIsAskedForInTheServicesTerms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keyType string
		key     map[string]any
		usage   []any
	}{
		{"", map[string]any{"kty": "RSA", "key_size": 2048.0}, []any{"digitalSignature", "keyEncipherment"}},
		{managed.RSA3072, map[string]any{"kty": "RSA", "key_size": 3072.0}, []any{"digitalSignature", "keyEncipherment"}},
		{managed.RSA4096, map[string]any{"kty": "RSA", "key_size": 4096.0}, []any{"digitalSignature", "keyEncipherment"}},
		{managed.ECP256, map[string]any{"kty": "EC", "crv": "P-256"}, []any{"digitalSignature"}},
		{managed.ECP384, map[string]any{"kty": "EC", "crv": "P-384"}, []any{"digitalSignature"}},
		{managed.ECP521, map[string]any{"kty": "EC", "crv": "P-521"}, []any{"digitalSignature"}},
	} {
		t.Run(c.keyType, func(t *testing.T) {
			t.Parallel()
			service := created()
			if _, err := newVault(t, keyvault.Config{Transport: redirect(t, service), KeyType: c.keyType}).PendingCSR(once(t), shop); err != nil {
				t.Fatal(err)
			}
			policy := service.sent(t, createShop)["policy"].(map[string]any)
			c.key["exportable"], c.key["reuse_key"] = true, false
			if diff := cmp.Diff(c.key, policy["key_props"]); diff != "" {
				t.Errorf("key (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(any(c.usage), policy["x509_props"].(map[string]any)["key_usage"]); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAHostnameThatIsNoCommonNameIsOnlyAnAlternativeName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		length  int
		subject any
	}{{64, "CN=" + hostnameOf(64)}, {65, nil}} {
		service := created()
		request := issuance.CertificateRequest{Name: shop.Name, Hostnames: []string{hostnameOf(c.length)}}
		if _, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).PendingCSR(once(t), request); err != nil {
			t.Fatal(err)
		}
		x509 := service.sent(t, createShop)["policy"].(map[string]any)["x509_props"].(map[string]any)
		if x509["subject"] != c.subject {
			t.Errorf("%d characters: subject %v", c.length, x509["subject"])
		}
		if diff := cmp.Diff(map[string]any{"dns_names": []any{hostnameOf(c.length)}}, x509["sans"]); diff != "" {
			t.Errorf("%d characters: sans (-want +got):\n%s", c.length, diff)
		}
	}
}

func TestTheListOfHostnamesStaysWithinATag(t *testing.T) {
	t.Parallel()
	service := created()
	request := issuance.CertificateRequest{Name: shop.Name}
	for i := range 30 {
		request.Hostnames = append(request.Hostnames, fmt.Sprintf("shop%02d.example.com", i))
	}
	if _, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).PendingCSR(once(t), request); err != nil {
		t.Fatal(err)
	}
	tag := service.sent(t, createShop)["tags"].(map[string]any)["Hostnames"].(string)
	if want := strings.Join(request.Hostnames[:13], ","); tag != want || len(tag) > 256 {
		t.Errorf("%d characters: %s", len(tag), tag)
	}
}

func TestOnlyRootFirstAsksTheVaultToKeepTheOrder(t *testing.T) {
	t.Parallel()
	for order, want := range map[keyvault.ChainOrder]any{"": nil, keyvault.LeafFirst: nil, keyvault.RootFirst: true} {
		service := created()
		if _, err := newVault(t, keyvault.Config{Transport: redirect(t, service), ChainOrder: order}).PendingCSR(once(t), shop); err != nil {
			t.Fatal(err)
		}
		if got := service.sent(t, createShop)["preserveCertOrder"]; got != want {
			t.Errorf("%q: preserveCertOrder %v", order, got)
		}
	}
}

func TestNamesThatTheServiceDoesNotTakeAreRefusedHere(t *testing.T) {
	t.Parallel()
	service := &script{}
	v := newVault(t, keyvault.Config{Transport: redirect(t, service)})
	for _, name := range []string{"", "a.b", "a/b", "a_b", "ä", strings.Repeat("a", 128)} {
		if _, err := v.PendingCSR(once(t), issuance.CertificateRequest{Name: name, Hostnames: shop.Hostnames}); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
	if len(service.bodies) != 0 {
		t.Errorf("calls were made: %v", service.bodies)
	}
}

func hostnameOf(length int) string {
	return strings.Repeat("a", length-len(".b.example.com")) + ".b.example.com"
}

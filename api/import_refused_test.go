package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/certimport"
	"certgate/internal/certimport/certimporttest"
	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/localstack/vaultsim"
)

func TestABadUploadIsRefusedWithTheReasonBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u, other := w.upload(shop), w.upload("other.example.com")
	names := []string{shop}
	for i := range 90 {
		names = append(names, fmt.Sprintf("h%05d.", i)+strings.Repeat(strings.Repeat("a", 60)+".", 3)+"example.com")
	}
	large := w.upload(names...)
	old := certimporttest.New(t, w.clock.Now().AddDate(0, -3, 0), shop)
	body := func(pairs ...string) string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		raw, _ := json.Marshal(m)
		return string(raw)
	}
	for _, c := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"no body", "", 400, api.CodeBodyEmpty},
		{"not JSON", "-----BEGIN PRIVATE KEY-----", 400, api.CodeBodyNotJSON},
		{"an unknown member", `{"hostname":"shop.example.com","pfx":"AAAA"}`, 400, api.CodeBodyUnknownField},
		{"a number for a key", `{"hostname":"shop.example.com","privatekey":5}`, 400, api.CodeBodyWrongType},
		{"larger than 256 KiB", `{"privatekey":"` + strings.Repeat("A", 256<<10) + `"}`, 413, api.CodeBodyTooLarge},
		{"no hostname", body("certificate", u.Certificate, "privatekey", u.KeyPEM), 400, api.CodeHostnameNotValid},
		{"an address for a hostname", body("hostname", "192.0.2.1", "certificate", u.Certificate, "privatekey", u.KeyPEM), 400, api.CodeHostnameNotValid},
		{"no certificate", body("hostname", shop, "privatekey", u.KeyPEM), 400, string(certimport.CertificateMissing)},
		{"no key", body("hostname", shop, "certificate", u.Certificate), 400, string(certimport.PrivateKeyMissing)},
		{"a broken key", body("hostname", shop, "certificate", u.Certificate, "privatekey", u.KeyPEM[:80]), 400, string(certimport.PrivateKeyNotValid)},
		{"another key", body("hostname", shop, "certificate", u.Certificate, "privatekey", other.KeyPEM), 400, string(certimport.KeyDoesNotFit)},
		{"another hostname", other.Body(shop), 400, string(certimport.HostNotCovered)},
		{"expired", old.Body(shop), 400, string(certimport.CertificateExpired)},
		{"more than a gateway takes", large.Body(shop), 400, string(certimport.CertificateTooLarge)},
		{"a wrong password", body("hostname", shop, "certificate", u.PFX, "password", "wrong"), 400, string(certimport.PasswordWrong)},
		{"a missing password", body("hostname", shop, "certificate", u.PFX), 400, string(certimport.PasswordMissing)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.call("POST", importRoute, c.body)
			if r.status != c.status || r.body["code"] != c.code || r.body["fix"] == nil {
				t.Fatalf("%d %s, want %d %s", r.status, r.raw, c.status, c.code)
			}
			w.noTrace(u, r)
			w.noTrace(other, r)
			w.noTrace(large, r)
		})
	}
	w.nothingStored()
}

func TestAnUploadForAHostnameThatIsBeingWorkedOnIsRefusedAndNotKept(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	id := w.started(shop)
	r := w.call("POST", importRoute, w.upload(shop).Body(shop))
	if r.status != http.StatusConflict || r.body["code"] != api.CodeCertificateBusy || !strings.Contains(r.raw, id) {
		t.Errorf("%d %s", r.status, r.raw)
	}
	if w.imports() != 0 {
		t.Error("it was imported")
	}
	if r := w.call("POST", importRoute, w.upload("else.example.com").Body("else.example.com")); r.status != http.StatusAccepted {
		t.Errorf("another hostname: %d %s", r.status, r.raw)
	}
}

func TestAnInstanceThatBeginsDuringAnImportIsNotTakenForIt(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	var id string
	w.serve(&late{w.ours, func() { id = w.started(shop) }})
	r := w.call("POST", importRoute, w.upload(shop).Body(shop))
	if r.status != http.StatusConflict || r.body["code"] != api.CodeCertificateBusy || !strings.Contains(r.raw, id) {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

func TestARefusalOfTheVaultIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusal vaultsim.Refusal
		status  int
		code    string
		says    string
		retry   bool
	}{
		"no permission":           {vaultsim.Forbidden(), 503, issuance.CodeVaultAccessDenied, "Key Vault Certificates Officer", false},
		"an operation is pending": {vaultsim.Refusal{Status: 409, Code: "Forbidden", Message: "Pending."}, 503, api.CodeVaultNotAvailable, "pending", true},
		"refused": {vaultsim.Refusal{Status: 400, Code: "BadParameter", Message: "The certificate has something odd."},
			400, issuance.CodeVaultRefused, "something odd", false},
		"not there": {vaultsim.Refusal{Status: 501, Code: "NotImplemented", Message: "No."}, 503, api.CodeVaultNotAvailable, "501", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newImportWorld(t)
			w.refusing(c.refusal, "/import")
			u := w.upload(shop)
			r := w.call("POST", importRoute, u.Body(shop))
			if r.status != c.status || r.body["code"] != c.code || !strings.Contains(r.raw, c.says) {
				t.Errorf("%d %s, want %d %s with %q", r.status, r.raw, c.status, c.code, c.says)
			}
			if (r.header.Get("Retry-After") != "") != c.retry {
				t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
			}
			if list, _, _ := w.store.List(t.Context(), durable.Filter{}); len(list) != 0 {
				t.Error("an instance was started")
			}
			w.noTrace(u, r)
		})
	}
}

func TestNamesThatBelongToOthersAreNotTaken(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	names := []string{"shop-example-com", hostname.Disambiguated(shop)}
	for _, name := range names {
		w.somebodyElse(name)
	}
	r := w.call("POST", importRoute, w.upload(shop).Body(shop))
	if r.status != http.StatusConflict || r.body["code"] != api.CodeCertificateNameTaken || !strings.Contains(r.raw, names[1]) {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

func TestANameThatIsSoftDeletedSaysHowToGetItBack(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	w.somebodyElse("shop-example-com")
	if _, err := w.azure.DeleteCertificate(t.Context(), "shop-example-com", nil); err != nil {
		t.Fatal(err)
	}
	r := w.call("POST", importRoute, w.upload(shop).Body(shop))
	if r.status != http.StatusConflict || r.body["code"] != issuance.CodeNameSoftDeleted || !strings.Contains(r.raw, "az keyvault certificate recover") {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

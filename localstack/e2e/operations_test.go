package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
	"certgate/localstack/waittest"
)

// These are procedures of docs/operations.md.

// restartHandler waits until a new process answers.
func restartHandler(t *testing.T, w *localstacktest.World) {
	t.Helper()
	before := w.Host.HandlerPID()
	if err := w.Host.KillHandler(); err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, time.Minute, "the handler is back", func() bool {
		code, _ := w.Call(http.MethodGet, "/api/health", "")
		return code == http.StatusOK && w.Host.HandlerPID() != before
	})
}

func TestALostTableComesBackFromKeyVault(t *testing.T) {
	t.Parallel()
	const host, name = "shop.example.test", "shop-example-test"
	w := localstacktest.Start(t, localstack.Options{})
	completes(t, w, w.Request(host))
	before := show(t, w, name)
	service, err := aztables.NewServiceClientFromConnectionString(w.Azurite.ConnectionString(), nil)
	must(t, err)
	_, err = service.DeleteTable(t.Context(), "certgate", nil)
	must(t, err)
	restartHandler(t, w)
	if code, _ := w.Call(http.MethodGet, "/api/certificates/"+name, ""); code != http.StatusNotFound {
		t.Fatalf("the certificate is still known: %d", code)
	}

	fire(t, w, "RenewCertificates")
	completes(t, w, newest(t, w, "RenewCertificatesFunctions"))
	after := show(t, w, name)
	if after.Version != before.Version || after.Thumbprint != before.Thumbprint || after.State != "ok" || len(after.Installed) != 1 {
		t.Errorf("after the comparison with the vault it is %+v, before the loss it was %+v", after, before)
	}
	manages(t, w, http.MethodPost, name+"/renew", "")
	if n := w.Versions(name); n != 2 {
		t.Errorf("%d versions after a renewal, want 2", n)
	}
}

// vaultCall calls the vault as its administrator.
func vaultCall(w *localstacktest.World, method, path string) (int, string) {
	r := httptest.NewRequest(method, "https://"+localstack.VaultHost+path+"?api-version=7.6", nil)
	r.Header.Set("Authorization", "Bearer "+w.Token("https://vault.azure.net"))
	rec := httptest.NewRecorder()
	w.Vault.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

// accountSecret is the name of the secret with the ACME account.
func accountSecret(t *testing.T, w *localstacktest.World) string {
	t.Helper()
	_, raw := vaultCall(w, http.MethodGet, "/secrets")
	var list struct{ Value []struct{ ID string } }
	must(t, json.Unmarshal([]byte(raw), &list))
	for _, s := range list.Value {
		if _, name, ok := strings.Cut(s.ID, "/secrets/"); ok && strings.HasPrefix(name, "certgate-acme-account-") {
			return name
		}
	}
	t.Fatalf("the vault has no ACME account: %s", raw)
	return ""
}

func TestALostAccountIsRecoveredOrMadeAnew(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	completes(t, w, w.Request("a.example.test"))
	secret := accountSecret(t, w)

	if code, raw := vaultCall(w, http.MethodDelete, "/secrets/"+secret); code != http.StatusOK {
		t.Fatalf("delete the account: %d %s", code, raw)
	}
	restartHandler(t, w)
	s := w.Finish(w.Request("b.example.test"), patience)
	if s.RuntimeStatus != "Failed" || !strings.Contains(s.CustomStatus.Message, "recover") {
		t.Errorf("with a deleted account it ended %s %+v", s.RuntimeStatus, s.CustomStatus)
	}
	if code, raw := vaultCall(w, http.MethodPost, "/deletedsecrets/"+secret+"/recover"); code != http.StatusOK {
		t.Fatalf("recover the account: %d %s", code, raw)
	}
	completes(t, w, w.Request("b.example.test"))

	if code, raw := vaultCall(w, http.MethodDelete, "/secrets/"+secret); code != http.StatusOK {
		t.Fatalf("delete the account: %d %s", code, raw)
	}
	if code, raw := vaultCall(w, http.MethodDelete, "/deletedsecrets/"+secret); code != http.StatusNoContent {
		t.Fatalf("purge the account: %d %s", code, raw)
	}
	restartHandler(t, w)
	completes(t, w, w.Request("c.example.test"))
	if again := accountSecret(t, w); again != secret {
		t.Errorf("the new account is in %s, want %s", again, secret)
	}
	// What the old account issued is renewed with the new one, in its own time.
	manages(t, w, http.MethodPost, "a-example-test/renew", "")
}

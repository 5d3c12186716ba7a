package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
)

// shownCertificate is what the API shows of one certificate.
type shownCertificate struct {
	Name, Served, State, Reason, Version, Thumbprint string
	Installed                                        []struct{ Gateway, Listener string }
	Chain                                            []struct{ Subject, Issuer string }
	Instances                                        []struct{ Name, RuntimeStatus string }
}

func show(t *testing.T, w *localstacktest.World, name string) (c shownCertificate) {
	t.Helper()
	code, raw := w.Call(http.MethodGet, "/api/certificates/"+name, "")
	if err := json.Unmarshal(raw, &c); err != nil || code != http.StatusOK {
		t.Fatalf("certificate %s: %d %s", name, code, raw)
	}
	return c
}

// manages makes a call that starts an instance and waits for its good end.
func manages(t *testing.T, w *localstacktest.World, method, path, body string) {
	t.Helper()
	code, raw := w.Call(method, "/api/certificates/"+path, body)
	var reply struct{ ID string }
	if err := json.Unmarshal(raw, &reply); err != nil || code != http.StatusAccepted {
		t.Fatalf("%s %s: %d %s", method, path, code, raw)
	}
	if s := w.Finish(reply.ID, patience); s.RuntimeStatus != "Completed" {
		t.Fatalf("%s %s ended %s %+v", method, path, s.RuntimeStatus, s.CustomStatus)
	}
}

func TestACertificateIsRenewedRevokedRetiredAndIssuedAgain(t *testing.T) {
	t.Parallel()
	told := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		told <- string(raw)
	}))
	t.Cleanup(receiver.Close)
	const host, name = "shop.example.test", "shop-example-test"
	w := localstacktest.Start(t, localstack.Options{Env: []string{"NotificationWebhooks=json=" + receiver.URL, "NotificationEvents=overdue"}})

	completes(t, w, w.Request(host))
	first := show(t, w, name)
	if first.State != "ok" || first.Served != "current" || len(first.Chain) < 2 || len(first.Installed) != 1 || first.Installed[0].Listener != name+"-listener" || len(first.Instances) != 1 {
		t.Errorf("issued: %+v", first)
	}
	if code, raw := w.Call(http.MethodGet, "/api/certificates?state=ok&search=SHOP", ""); code != 200 || !strings.Contains(string(raw), `"name":"`+name+`"`) {
		t.Errorf("list: %d %s", code, raw)
	}

	manages(t, w, http.MethodPost, name+"/renew", "")
	second := show(t, w, name)
	if second.Version == first.Version || second.Thumbprint == first.Thumbprint || second.State != "ok" {
		t.Errorf("renewed: %+v", second)
	}
	manages(t, w, http.MethodPost, name+"/revoke", `{"reason":"superseded","version":"`+first.Version+`"}`)
	if c := show(t, w, name); c.State != "ok" {
		t.Errorf("the version before is revoked: %+v", c)
	}
	manages(t, w, http.MethodPost, name+"/revoke", `{"reason":"keyCompromise"}`)
	if c := show(t, w, name); c.State != "overdue" || !strings.Contains(c.Reason, "revoked") {
		t.Errorf("revoked: %+v", c)
	}
	if code, raw := w.Call(http.MethodPost, "/admin/functions/Watch", "{}"); code != http.StatusAccepted {
		t.Fatalf("watch: %d %s", code, raw)
	}
	select {
	case news := <-told:
		if !strings.Contains(news, host) || !strings.Contains(news, "overdue") || !strings.Contains(news, "revoked") {
			t.Errorf("told %s", news)
		}
	case <-time.After(patience):
		t.Error("nobody was told of the revoked certificate")
	}

	manages(t, w, http.MethodDelete, name+"?revoke=true", "")
	if c := show(t, w, name); c.State != "retired" || len(c.Chain) != 1 || c.Installed == nil || len(c.Installed) != 0 {
		t.Errorf("retired: %+v", c)
	}
	if hosts := w.Listeners(); len(hosts) != 0 {
		t.Errorf("listeners %q after retiring", hosts)
	}
	if _, err := w.Served(host); err == nil {
		t.Error("a retired certificate is still served")
	}
	if value, _, err := w.Secret(t.Context(), "https://"+localstack.VaultHost+"/secrets/"+name); err == nil {
		t.Errorf("the key of a retired certificate can be read (%d bytes)", len(value))
	}
	if code, raw := w.Call(http.MethodPost, "/api/certificates/"+name+"/renew", ""); code != http.StatusConflict {
		t.Errorf("renewing a retired certificate: %d %s", code, raw)
	}

	completes(t, w, w.Request(host))
	if c := show(t, w, name); c.State != "ok" || c.Served != "current" || len(c.Installed) != 1 {
		t.Errorf("issued again: %+v", c)
	}
}

package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"certgate/internal/certimport/certimporttest"
	"certgate/internal/durable/durabletest"
	"certgate/internal/keyvault"
	"certgate/localstack/vaultsim"
)

// importBench is a bench with the adapter of Key Vault before the simulator of
// the service, in one process.
func importBench(t *testing.T) (*bench, *vaultsim.Server) {
	t.Helper()
	vault := vaultsim.New(vaultsim.Options{Tokens: anyToken{}})
	direct := transport(func(r *http.Request) (*http.Response, error) {
		w, asServed := httptest.NewRecorder(), r.Clone(r.Context())
		if asServed.Body == nil {
			asServed.Body = http.NoBody // a server's request always has one
		}
		vault.ServeHTTP(w, asServed)
		answer := w.Result()
		answer.Request = r
		return answer, nil
	})
	ours, err := keyvault.New(keyvault.Config{BaseURL: vaultURL, Credential: anyToken{}, Transport: direct})
	if err != nil {
		t.Fatal(err)
	}
	return newBench(t, ours), vault
}

// FuzzImport sends uploads of any content. They are the caller's mistake and
// leave nothing behind, or they start one instance with one version in the vault,
// and the second time there is none more; no answer, row or log line shows the key or the
// password.
func FuzzImport(f *testing.F) {
	u := certimporttest.New(f, durabletest.NewClock().Now(), shop)
	for _, body := range []string{
		u.Body(shop), u.PFXBody(shop), u.Body("other.example.com"), `{"hostname":"shop.example.com","certificate":"","privatekey":""}`,
		strings.Replace(u.Body(shop), "privatekey", "PrivateKey", 1), strings.Replace(u.Body(shop), `"privatekey"`, `"password":"a-password-nobody-has-2f9c","password"`, 1),
		`{"hostname":"shop.example.com","certificate":1,"privatekey":"-----BEGIN PRIVATE KEY-----"}`, `{"privatekey":["` + u.KeyPEM[30:60] + `"]}`, `{`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		b, vault := importBench(t)
		to := &url.URL{Path: importRoute}
		first := b.call(http.MethodPost, to, body)
		taken := wantAnswer(t, first)
		stored, imports := b.instances(t), vault.Calls("POST /certificates/{name}/import")
		switch {
		case !taken && (len(stored) > 0 || imports > 0):
			t.Fatalf("refused with %s after %d imports, and %d instances are stored", first.Body, imports, len(stored))
		case taken && (len(stored) != 1 || imports != 1):
			t.Fatalf("%s after %d imports, and %d instances are stored", first.Body, imports, len(stored))
		case taken:
			again := b.call(http.MethodPost, to, body)
			if again.Code != http.StatusConflict || !strings.Contains(again.Body.String(), stored[0].ID) || vault.Calls("POST /certificates/{name}/import") != 1 {
				t.Fatalf("the second time: %d %s", again.Code, again.Body)
			}
		}
		rows, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		for place, text := range map[string]string{"the answer": first.Body.String(), "the rows": string(rows), "the log": b.log.String()} {
			if piece := secretPieceIn(text, body); piece != "" {
				t.Fatalf("%s: %q shows %q", place, text, piece)
			}
		}
	})
}

// secretPieceIn returns a piece of the members privatekey and password of a body
// that is in a text, long enough to be no coincidence. What a caller has written
// into another member as well does not count: hostnames are repeated.
func secretPieceIn(text string, body []byte) string {
	const length = 24
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return ""
	}
	for name, value := range members {
		secret, ok := value.(string)
		if !ok || !strings.EqualFold(name, "privatekey") && !strings.EqualFold(name, "password") {
			continue
		}
		for _, part := range strings.FieldsFunc(secret, func(r rune) bool { return r <= ' ' || r == '-' }) {
			for ; len(part) >= length; part = part[1:] {
				if strings.Contains(text, part[:length]) && strings.Count(string(body), part[:length]) == 1 {
					return part[:length]
				}
			}
		}
	}
	return ""
}

// Deep and long bodies cost no more than reading them.
func TestADeepOrRepetitiveBodyIsRefusedQuickly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, body := range map[string]string{
		"deep arrays":      strings.Repeat("[", 1<<20-1),
		"deep objects":     strings.Repeat(`{"hostnames":`, 70_000),
		"deep and closed":  `{"hostnames":` + strings.Repeat("[", 500_000) + strings.Repeat("]", 500_000) + `}`,
		"many hostnames":   `{"hostnames":[` + strings.Repeat(`{"hostname":"a.b"},`, 50_000) + `{}]}`,
		"many bad numbers": `{"hostnames":[` + strings.Repeat("1e999999,", 100_000) + `1]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			r := w.call("POST", "/api/AddMultipleCertificatesFunctions_HttpStart", body)
			if r.status != http.StatusBadRequest || len(r.raw) > 8<<10 {
				t.Errorf("%d, %d bytes", r.status, len(r.raw))
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

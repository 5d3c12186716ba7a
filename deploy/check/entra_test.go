package check

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certgate/localstack/localca"
)

const (
	entraTenant = "99999999-9999-9999-9999-999999999999"
	siteClient  = "22222222-2222-2222-2222-222222222222"
	siteSecret  = "make-believe-client-secret"
)

// entra stands in for Entra, as far as the emulator asks it: where to sign in, a
// token for a code, and whose it is. The code is the person's first name.
type entra struct {
	server *httptest.Server
	roots  string // file with the root of its certificate
}

func newEntra(t *testing.T) entra {
	t.Helper()
	authority, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := authority.Issue("login.microsoftonline.com", "graph.microsoft.com")
	if err != nil {
		t.Fatal(err)
	}
	const base = "https://login.microsoftonline.com/" + entraTenant
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+entraTenant+"/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token"})
	})
	mux.HandleFunc("POST /"+entraTenant+"/oauth2/v2.0/token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("client_id") != siteClient || r.FormValue("client_secret") != siteSecret {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer(w, map[string]string{"access_token": r.FormValue("code")})
	})
	mux.HandleFunc("GET /oidc/userinfo", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		answer(w, map[string]string{"name": name, "email": name + "@example.com"})
	})
	e := entra{server: httptest.NewUnstartedServer(mux), roots: filepath.Join(t.TempDir(), "roots.pem")}
	e.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	e.server.StartTLS()
	t.Cleanup(e.server.Close)
	if err := os.WriteFile(e.roots, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e entra) port(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(e.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// passGroups stands between emulator and app. The platform passes the claims of the
// token, groups among them; the emulator passes those of the person's profile, which
// has none. Ann's groups are added here.
func passGroups(t *testing.T, group string, app http.Handler) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/api/GetRoles" && r.Header.Get("x-ms-client-principal") == "" {
			var person map[string]any
			if err := json.NewDecoder(r.Body).Decode(&person); err != nil {
				t.Errorf("the emulator asks for roles with %v", err)
			}
			claims, _ := person["claims"].([]any)
			if person["userDetails"] == "ann@example.com" {
				claims = append(claims, map[string]string{"typ": "groups", "val": group})
			}
			person["claims"] = claims
			raw, _ := json.Marshal(person) // it was JSON
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(raw))), int64(len(raw))
		}
		app.ServeHTTP(w, r)
	})
}

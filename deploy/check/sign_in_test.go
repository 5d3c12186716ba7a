package check

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/principal"
	"certgate/localstack/process/processtest"
	"certgate/localstack/site"
)

// visitor is somebody at the site, with the cookies that it gave them.
type visitor struct {
	*testing.T
	site    string
	cookies map[string]string
}

func (v visitor) ask(method, path string) (*http.Response, string) {
	v.Helper()
	r, err := http.NewRequestWithContext(v.Context(), method, v.site+path, nil)
	if err != nil {
		v.Fatal(err)
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		v.cookies[c.Name] = c.Value
	}
	return resp, string(text)
}

// signIn goes to Entra and comes back with a code, as a browser does.
func (v visitor) signIn(name string) {
	v.Helper()
	resp, text := v.ask(http.MethodGet, "/.auth/login/aad?post_login_redirect_uri=/")
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusFound || to.Host != "login.microsoftonline.com" || !strings.HasPrefix(to.Path, "/"+entraTenant+"/") || to.Query().Get("client_id") != siteClient {
		v.Fatalf("%d to %s: %s", resp.StatusCode, to, text)
	}
	back := url.Values{"code": {name}, "state": {to.Query().Get("state")}}
	if resp, text := v.ask(http.MethodGet, "/.auth/login/aad/callback?"+back.Encode()); resp.StatusCode != http.StatusFound {
		v.Fatalf("%d: %s", resp.StatusCode, text)
	}
}

// The site as deploy.sh uploads it for a registration of its own, in the emulator of
// Static Web Apps: whoever signs in has the role that POST /api/GetRoles gives.
func TestPeopleOfTheSitesOwnRegistrationGetTheRoleOfTheirGroup(t *testing.T) {
	t.Parallel()
	const group = "33333333-3333-3333-3333-333333333333"
	i := newInstaller(t)
	if said, _, ok := i.run("--parameter", "siteClientId="+siteClient, "--parameter", "siteRoles="+group+"=admin"); !ok {
		t.Fatal(said)
	}
	var log bytes.Buffer
	app := httptest.NewServer(passGroups(t, group, api.New(api.Config{
		SignIn: principal.New(principal.Config{ClientPrincipal: true}), SiteRoles: []api.SiteRole{{Value: group, Role: principal.Admin}},
		Log: slog.New(slog.NewJSONHandler(&log, nil)),
	})))
	t.Cleanup(app.Close)
	stand := newEntra(t)
	preload, err := filepath.Abs("testdata/entra.cjs")
	if err != nil {
		t.Fatal(err)
	}
	emulator, err := site.Start(t.Context(), site.Options{Dir: t.TempDir(), SiteDir: filepath.Join(i.fake, "served"), APIBase: app.URL, Env: []string{
		"CERTGATE_CLIENT_ID=" + siteClient, "CERTGATE_CLIENT_SECRET=" + siteSecret,
		"NODE_OPTIONS=--require=" + preload, "NODE_EXTRA_CA_CERTS=" + stand.roots, "ENTRA_PORT=" + stand.port(t),
	}})
	processtest.RequireTools(t, err)
	t.Cleanup(emulator.Stop)

	stranger := visitor{t, emulator.URL(), map[string]string{}}
	if resp, text := stranger.ask(http.MethodGet, "/"); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "/.auth/login/aad") || strings.Contains(text, "GitHub") {
		t.Errorf("signed out: %d %s", resp.StatusCode, text)
	}
	if resp, _ := stranger.ask(http.MethodGet, "/.auth/login/github"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the sign-in by GitHub answers %d", resp.StatusCode)
	}
	if resp, text := stranger.ask(http.MethodPost, "/api/GetRoles"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("anybody may ask for roles: %d %s", resp.StatusCode, text)
	}

	ann := visitor{t, emulator.URL(), map[string]string{}}
	ann.signIn("ann")
	if resp, text := ann.ask(http.MethodGet, "/"); resp.StatusCode != http.StatusOK {
		t.Errorf("Ann sees %d %.200s", resp.StatusCode, text)
	}
	resp, text := ann.ask(http.MethodGet, "/api/me")
	var me struct{ Name, Role string }
	if err := json.Unmarshal([]byte(text), &me); err != nil || resp.StatusCode != http.StatusOK || me.Role != "admin" || me.Name != "aad:ann@example.com" {
		t.Errorf("the API knows Ann as %d %s", resp.StatusCode, text)
	}

	bob := visitor{t, emulator.URL(), map[string]string{}}
	bob.signIn("bob")
	for _, path := range []string{"/", "/api/me"} {
		if resp, text := bob.ask(http.MethodGet, path); resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
			t.Errorf("Bob, who is in no group, sees at %s %d %.200s", path, resp.StatusCode, text)
		}
	}
	app.Close() // what it logs is complete
	if strings.Count(log.String(), "roles at sign-in") != 2 {
		t.Errorf("asked for roles: %s", log.String())
	}
}

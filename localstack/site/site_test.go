package site_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"certgate/localstack/process"
	"certgate/localstack/process/processtest"
	"certgate/localstack/site"
)

// world is the real site in the real emulator, in front of an API that tells
// whom it was called by.
type world struct {
	t   *testing.T
	url string
}

func newWorld(t *testing.T) world {
	t.Helper()
	return logged(t, slog.New(slog.DiscardHandler))
}

func logged(t *testing.T, log *slog.Logger) world {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "API "+r.Header.Get("x-ms-client-principal"))
	}))
	t.Cleanup(api.Close)
	dir, err := process.Locate("static")
	processtest.RequireTools(t, err)
	s, err := site.Start(t.Context(), site.Options{Dir: t.TempDir(), SiteDir: dir, APIBase: api.URL, Log: log})
	processtest.RequireTools(t, err)
	t.Cleanup(s.Stop)
	return world{t: t, url: s.URL()}
}

func (w world) get(path string, roles ...string) (status int, header http.Header, body string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if roles != nil {
		req.AddCookie(site.Cookie(roles...))
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

// protected are addresses of every kind, with those that a careless wildcard
// leaves open.
var protected = []string{
	"/", "/index.html", "/index", "/certificates", "/certificates/", "/certificates/example-com", "/add", "/import",
	"/jobs", "/jobs/", "/jobs/0123", "/check", "/dns?hostname=shop.example.com", "/nothing-here", "/admin", "/admin/x",
	"/api", "/api/", "/api/certificates", "/api/certificates/a.js", "/api/certificates/css", "/api/instances/x.json", "/API/certificates",
	"/api/health", "/app.js", "/pages/jobs.js", "/advice/InternalError.json", "/data-api/x", "/staticwebapp.config.json",
}

func TestWithoutARoleNoPageAndNoCallIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range protected {
		for name, roles := range map[string][]string{"signed out": nil, "signed in without a role": {}, "another role": {"guest"}} {
			status, header, body := w.get(path, roles...)
			if status != http.StatusUnauthorized || strings.HasPrefix(body, "API") {
				t.Errorf("%s, %s: %d %.60q", path, name, status, body)
			}
			if header.Get("Location") != "" || !strings.Contains(body, "/.auth/login/aad") || !strings.Contains(body, "/.auth/login/github") {
				t.Errorf("%s, %s: the reply must be the sign-in page itself", path, name)
			}
		}
	}
}

func TestEachRoleOpensThePagesAndTheAPIHearsWhoItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, role := range []string{"reader", "operator", "admin"} {
		for _, path := range []string{"/", "/certificates", "/certificates/example-com", "/add", "/import", "/jobs", "/jobs/0123", "/check", "/dns?hostname=a.example.com"} {
			status, header, body := w.get(path, role)
			if status != http.StatusOK || !strings.Contains(body, "<main") {
				t.Errorf("%s as %s: %d %.60q", path, role, status, body)
			}
			if csp := header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; script-src 'self';") {
				t.Errorf("%s: Content-Security-Policy %q", path, csp)
			}
		}
		status, _, body := w.get("/api/certificates", role)
		encoded, ok := strings.CutPrefix(body, "API ")
		if status != http.StatusOK || !ok {
			t.Fatalf("/api/certificates as %s: %d %s", role, status, body)
		}
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		var principal struct {
			UserRoles []string `json:"userRoles"`
		}
		if err := json.Unmarshal(text, &principal); err != nil || !slices.Contains(principal.UserRoles, role) {
			t.Errorf("the API was told %s (%v)", text, err)
		}
	}
}

func TestWhatIsNotThereIs404(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/nothing-here", "/pages/none.js", "/staticwebapp.config.json"} {
		if status, _, body := w.get(path, "admin"); status != http.StatusNotFound || !strings.Contains(body, "certgate") {
			t.Errorf("%s: %d %.80q", path, status, body)
		}
	}
}

func TestTheSignInPageHasItsStyleAndScriptWithoutARole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, kind := range map[string]string{"/sign-in.html": "text/html", "/sign-in.js": "javascript", "/app.css": "text/css", "/favicon.svg": "image/svg"} {
		status, header, _ := w.get(path)
		if status != http.StatusOK || !strings.Contains(header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, status, header.Get("Content-Type"))
		}
	}
}

func TestTheLocalSignInFormNeedsNoOtherHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, _, body := w.get("/.auth/login/github?post_login_redirect_uri=%2Fjobs")
	if status != http.StatusOK || !strings.Contains(body, "Sign in locally") || strings.Contains(body, "https://") {
		t.Errorf("%d %s", status, body)
	}
}

func TestAnAPIThatDoesNotListenIsNamed(t *testing.T) {
	t.Parallel()
	_, err := site.Start(t.Context(), site.Options{Dir: t.TempDir(), SiteDir: ".", APIBase: "http://127.0.0.1"})
	if err == nil || !strings.Contains(err.Error(), "no port") {
		processtest.RequireTools(t, err)
		t.Errorf("error %v", err)
	}
}

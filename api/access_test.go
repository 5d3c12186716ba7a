package api_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

// needed is the published rule of roles.
func needed(route string) principal.Role {
	method, path, _ := strings.Cut(route, " ")
	switch {
	case route == "GET /api/health":
		return principal.None
	case method == http.MethodGet, route == "POST /api/preflight", route == "POST /api/live":
		return principal.Reader
	case method == http.MethodDelete, strings.HasSuffix(path, "/terminate"), strings.HasSuffix(path, "/revoke"), path == "/api/notifications/test", strings.HasPrefix(path, "/api/listeners/") && method == http.MethodPost:
		return principal.Admin
	}
	return principal.Operator
}

func TestEachRouteTakesItsRole(t *testing.T) {
	t.Parallel()
	routes, err := api.Routes()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		path = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "none")
		if r := w.callWith(method, path, "{}"); (r.status != http.StatusUnauthorized) != (needed(route) == principal.None) {
			t.Errorf("%s without a sign-in: %d %s", route, r.status, r.raw)
		}
		for _, role := range append([]principal.Role{principal.None}, principal.Roles()...) {
			r := w.callWith(method, path, "{}", principal.Header, principaltest.ClientPrincipal("aad", "ann", role))
			if in := r.status != http.StatusForbidden; in != role.Includes(needed(route)) || r.status == http.StatusUnauthorized {
				t.Errorf("%s with the role %q: %d %s", route, role, r.status, r.raw)
			}
		}
	}
}

func TestWhoeverIsNobodyGetsNothingButHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for call, want := range map[string]int{
		"GET /api/health":         200,
		"POST /api/health":        401,
		"GET /api/health/":        401,
		"GET /api/%68ealth":       401,
		"GET /api//health":        401,
		"GET /api/health%2f..":    401,
		"GET /api/openapi.json":   401,
		"GET /api/there-is-none":  401,
		"PUT /api/instances":      401,
		"OPTIONS /api/instances":  401,
		"GET /api/":               401,
		"GET /api":                401,
		"GET /api/instances?x=/h": 401,
	} {
		method, path, _ := strings.Cut(call, " ")
		r := w.callWith(method, path, "")
		if r.status != want {
			t.Errorf("%s: %d, want %d: %s", call, r.status, want, r.raw)
		}
		if want == 401 && (r.body["code"] != api.CodeSignInRequired || r.body["fix"] == "" || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer")) {
			t.Errorf("%s: WWW-Authenticate %q, %s", call, r.header.Get("WWW-Authenticate"), r.raw)
		}
	}
}

// guarded is the API with nothing behind it.
func guarded(t *testing.T, signIn *principal.SignIn, log *slog.Logger) *world {
	t.Helper()
	w := &world{t: t, server: httptest.NewServer(apitest.New(t, api.Config{SignIn: signIn, Log: log}))}
	t.Cleanup(w.server.Close)
	return w
}

func TestWithoutSignInSetUpNobodyGetsIn(t *testing.T) {
	t.Parallel()
	for name, signIn := range map[string]*principal.SignIn{"none": nil, "the zero settings": principal.New(principal.Config{})} {
		w := guarded(t, signIn, slog.New(slog.DiscardHandler))
		r := w.callWith("GET", "/api/openapi.json", "", principal.Header, admin, "Authorization", "Bearer a.b.c", "x-functions-key", "key")
		if r.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
}

func TestABadTokenAndAnIssuerThatIsAwayAreToldApart(t *testing.T) {
	t.Parallel()
	away := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(away.Close)
	var log bytes.Buffer
	w := guarded(t, principal.New(principal.Config{
		Tokens: principal.Tokens{Issuer: away.URL, Audience: "a", RolesClaim: "roles"}, Client: away.Client(),
	}), slog.New(slog.NewJSONHandler(&log, nil)))

	r := w.callWith("GET", "/api/openapi.json", "", "Authorization", "Bearer abc")
	if r.status != 401 || !strings.Contains(r.header.Get("WWW-Authenticate"), `error="invalid_token"`) {
		t.Errorf("a bad token: %d, %q", r.status, r.header.Get("WWW-Authenticate"))
	}
	const token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.c2lnbmF0dXJl" // RS256, key k
	r = w.callWith("GET", "/api/openapi.json", "", "Authorization", "Bearer "+token)
	if r.status != 503 || r.body["code"] != api.CodeSignInNotChecked || r.header.Get("Retry-After") == "" {
		t.Errorf("the issuer is away: %d %s", r.status, r.raw)
	}
	if !strings.Contains(log.String(), "sign-in not checked") || strings.Contains(log.String(), token) {
		t.Errorf("the log must have the reason and not the token: %s", log.String())
	}
}

func TestWhoDidWhatIsKeptAndShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	operator := principaltest.ClientPrincipal("aad", "olga@example.com", principal.Operator)
	r := w.callWith("POST", start, `{"hostnames":[{"hostname":"shop.example.com"}]}`, principal.Header, operator)
	id, _ := r.body["id"].(string)
	status := "/api/instances/" + id
	if r = w.call("GET", status, ""); r.body["requestedBy"] != "aad:olga@example.com" {
		t.Errorf("requestedBy: %s", r.raw)
	}
	w.callWith("POST", status+"/raiseEvent/DnsFixed", "", principal.Header, operator)
	w.call("POST", status+"/terminate?reason=typo", "")
	r = w.call("GET", status+"?showHistory=true", "")
	for _, says := range []string{"DnsFixed (by aad:olga@example.com)", "typo (terminated by aad:ann@example.com)"} {
		if !strings.Contains(r.raw, says) {
			t.Errorf("the history lacks %q: %s", says, r.raw)
		}
	}
	other := "/api/instances/" + w.started("other.example.com")
	w.call("POST", other+"/terminate", "")
	if r = w.call("GET", other+"?showHistory=true", ""); !strings.Contains(r.raw, "Terminated by aad:ann@example.com.") {
		t.Errorf("the history lacks who terminated it: %s", r.raw)
	}
}

func TestAForeignPageCannotUseABrowsersCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const body = `{"hostnames":[{"hostname":"shop.example.com"}]}`
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 202, "none": 202} {
		r := w.callWith("POST", start, body, principal.Header, admin, "Sec-Fetch-Site", site)
		if r.status != want || want == 403 && r.body["code"] != api.CodeCrossSiteCall {
			t.Errorf("%s: %d %s", site, r.status, r.raw)
		}
	}
	if r := w.callWith("GET", "/api/instances", "", principal.Header, admin, "Sec-Fetch-Site", "cross-site"); r.status != 200 {
		t.Errorf("a link from another site: %d", r.status)
	}
}

package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/principal"
)

const adminGroup = "33333333-3333-3333-3333-333333333333"

func askRoles(t *testing.T, roles []api.SiteRole, method, path, body string) (*httptest.ResponseRecorder, string) {
	var log bytes.Buffer
	h := apitest.New(t, api.Config{SiteRoles: roles, Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader(body)))
	return rec, log.String()
}

var siteRoles = []api.SiteRole{{Value: adminGroup, Role: principal.Admin}, {Value: "certgate.Operator", Role: principal.Operator}, {Value: "everybody", Role: principal.Reader}}

func person(provider, claims string) string {
	return `{"identityProvider":"` + provider + `","userId":"u","userDetails":"ann@example.com","claims":[` + claims + `],"accessToken":"eyJ0b2tlbiI6InMzY3JldCJ9","more":{"x":1}}`
}

func TestRolesComeFromEntrasGroupsAndAppRoles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"a group":                   {person("aad", `{"typ":"groups","val":"`+strings.ToUpper(adminGroup)+`"}`), "admin"},
		"an app role":               {person("aad", `{"typ":"roles","val":"certgate.Operator"}`), "operator"},
		"the highest of two":        {person("aad", `{"typ":"roles","val":"everybody"},{"typ":"groups","val":"`+adminGroup+`"},{"typ":"roles","val":"certgate.Operator"}`), "admin"},
		"the long name of a claim":  {person("aad", `{"typ":"http://schemas.microsoft.com/ws/2008/06/identity/claims/role","val":"everybody"}`), "reader"},
		"a group of no role":        {person("aad", `{"typ":"groups","val":"44444444-4444-4444-4444-444444444444"}`), ""},
		"another claim's value":     {person("aad", `{"typ":"name","val":"`+adminGroup+`"}`), ""},
		"another provider's groups": {person("github", `{"typ":"groups","val":"`+adminGroup+`"}`), ""},
		"a claim that is no text":   {person("aad", `{"typ":"groups","val":7}`), ""},
		// The emulator sends no token, and roles that it knows already.
		"the emulator's form": {`{"identityProvider":"aad","userDetails":"ann@example.com","claims":[{"typ":"roles","val":"everybody"}],"userRoles":["authenticated","anonymous"]}`, "reader"},
		"no claims":           {`{"identityProvider":"aad","claims":null}`, ""},
	} {
		rec, log := askRoles(t, siteRoles, http.MethodPost, "/api/GetRoles", c.body)
		var got struct{ Roles []string }
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusOK || got.Roles == nil || strings.Join(got.Roles, " ") != c.want {
			t.Errorf("%s: %d %s, want %q", name, rec.Code, rec.Body, c.want)
		}
		if strings.Contains(log, "eyJ0b2tlbiI6InMzY3JldCJ9") || strings.Contains(log, "ann@example.com") || strings.Contains(rec.Body.String(), "eyJ") {
			t.Errorf("%s: who signed in, or their token, is in %s", name, log)
		}
	}
}

func TestASignInIsReadAsOtherBodiesAre(t *testing.T) {
	t.Parallel()
	body := person("aad", `{"typ":"groups","val":"`+adminGroup+`"}`)
	if rec, _ := askRoles(t, siteRoles, http.MethodPost, "/API/getroles", "\ufeff"+body); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "admin") {
		t.Errorf("with a byte order mark: %d %s", rec.Code, rec.Body)
	}
	h, rec := apitest.New(t, api.Config{SiteRoles: siteRoles, Log: slog.New(slog.DiscardHandler)}), httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/api/GetRoles", strings.NewReader(body))
	r.Header.Set("Content-Encoding", "gzip")
	h.ServeHTTP(rec, r)
	if rec.Code != http.StatusUnsupportedMediaType || !strings.Contains(rec.Body.String(), api.CodeBodyEncoded) {
		t.Errorf("compressed: %d %s", rec.Code, rec.Body)
	}
}

func TestNobodyAnswersForRolesUnlessItIsSetUp(t *testing.T) {
	t.Parallel()
	body := person("aad", `{"typ":"groups","val":"`+adminGroup+`"}`)
	for name, c := range map[string]struct {
		roles        []api.SiteRole
		method, path string
	}{
		"switched off":     {nil, http.MethodPost, "/api/GetRoles"},
		"by GET":           {siteRoles, http.MethodGet, "/api/GetRoles"},
		"another spelling": {siteRoles, http.MethodPost, "/api/Get%52oles"},
		"below it":         {siteRoles, http.MethodPost, "/api/GetRoles/x"},
	} {
		if rec, _ := askRoles(t, c.roles, c.method, c.path, body); rec.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
}

func TestAnUnreadableSignInIsRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", " ", "[]", `"eyJ0b2tlbiI6InMzY3JldCJ9"`, `{"claims":"eyJ0b2tlbiI6InMzY3JldCJ9"}`, `{"accessToken":"eyJ0b2tlbiI6InMzY3JldCJ9"`, `{"x":"` + strings.Repeat("y", 300<<10) + `"}`} {
		rec, log := askRoles(t, siteRoles, http.MethodPost, "/api/GetRoles", body)
		if rec.Code < 400 || rec.Code > 499 || strings.Contains(log+rec.Body.String(), "eyJ0b2tlbiI6InMzY3JldCJ9") {
			t.Errorf("%.40q: %d %s, log %s", body, rec.Code, rec.Body, log)
		}
	}
}

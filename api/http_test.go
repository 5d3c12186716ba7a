package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/principal"
)

// The predecessor's host matched routes in any letter case; parameters keep theirs.
func TestTheFixedPartsOfARouteMatchInAnyLetterCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("shop.example.com")
	for _, path := range []string{"/API/Instances/" + id, "/api/INSTANCES/" + id + "?showHistory=true"} {
		if r := w.call("GET", path, ""); r.status != http.StatusAccepted {
			t.Errorf("GET %s: %d %s", path, r.status, r.raw)
		}
	}
	if r := w.call("POST", "/api/addcertificatefunctions_HTTPSTART", `{"hostnames":[{"hostname":"www.example.com"}]}`); r.status != http.StatusAccepted {
		t.Errorf("POST in another case: %d %s", r.status, r.raw)
	}
	if r := w.call("POST", "/api/instances/"+id+"/RAISEEVENT/DnsFixed", ""); r.status != http.StatusAccepted {
		t.Errorf("raise in another case: %d %s", r.status, r.raw)
	}
	if events, err := w.store.History(t.Context(), id); err != nil || !strings.HasPrefix(events[len(events)-1].Message, "DnsFixed") {
		t.Errorf("the event's name is %q (%v), want it as it was written", events[len(events)-1].Message, err)
	}
	if r := w.call("GET", "/api/instances/"+strings.ToUpper(id), ""); r.status != http.StatusNotFound {
		t.Errorf("an id in another case: %d", r.status)
	}
	// Anonymous is what leads to health, however it is written, and nothing else.
	for call, want := range map[string]int{
		"GET /API/HEALTH": 200, "HEAD /api/health": 200, "HEAD /Api/Health": 200, "POST /API/HEALTH": 401, "GET /API/Me": 401, "HEAD /api/me": 401,
		"GET /api/%48EALTH": 401, "GET /api/health%2F": 401, "GET /api/health/": 401, "GET /API/../api/me": 401,
	} {
		method, path, _ := strings.Cut(call, " ")
		if r := w.callWith(method, path, ""); r.status != want {
			t.Errorf("%s without a sign-in: %d, want %d", call, r.status, want)
		}
	}
}

func TestHeadIsAGetWithoutItsBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("shop.example.com")
	routes, err := api.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet {
			continue
		}
		path = strings.NewReplacer("{id}", id, "{hostname}", "shop.example.com", "{name}", "none").Replace(path)
		get, head := w.call("GET", path, ""), w.call("HEAD", path, "")
		if head.status != get.status || head.raw != "" || head.header.Get("Content-Type") != get.header.Get("Content-Type") || head.header.Get("Location") != get.header.Get("Location") {
			t.Errorf("HEAD %s: %d %v %q, GET %d %v", path, head.status, head.header, head.raw, get.status, get.header)
		}
		// A page of another site can look as little or as much as with a GET.
		if r := w.callWith("HEAD", path, "", principal.Header, admin, "Sec-Fetch-Site", "cross-site"); r.status != get.status {
			t.Errorf("HEAD %s from another site: %d, GET %d", path, r.status, get.status)
		}
	}
}

func TestARefusedMethodSaysWhichAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for call, want := range map[string]string{
		"PUT /api/instances/x": "DELETE, GET, HEAD", "HEAD /api/certificates/x/renew": "POST", "GET /api/AddCertificateFunctions_HttpStart": "POST", "PATCH /API/Health": "GET, HEAD",
	} {
		method, path, _ := strings.Cut(call, " ")
		if r := w.call(method, path, ""); r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != want {
			t.Errorf("%s: %d Allow %q, want 405 and %q", call, r.status, r.header.Get("Allow"), want)
		}
	}
	// A method that nobody knows, at an address that is nowhere.
	for _, call := range []string{"get /api/nothing", "BREW /api/nothing", "BREW /nothing"} {
		method, path, _ := strings.Cut(call, " ")
		if r := w.call(method, path, ""); r.status != http.StatusNotFound || r.body["code"] != api.CodeRouteNotFound {
			t.Errorf("%s: %d %s", call, r.status, r.raw)
		}
	}
}

func TestABodyIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"hostnames":[{"hostname":"shop.example.com"}]}`
	for _, path := range []string{start, "/api/preflight", "/api/certificates/x/revoke", "/api/ImportCertificateFunctions_HttpStart"} {
		r := w.callWith("POST", path, body, principal.Header, admin, "Content-Encoding", "gzip")
		if r.status != http.StatusUnsupportedMediaType || r.body["code"] != api.CodeBodyEncoded || r.header.Get("Accept-Encoding") != "identity" {
			t.Errorf("POST %s, compressed: %d %s", path, r.status, r.raw)
		}
	}
	if r := w.call("POST", start, "\ufeff"+body); r.status != http.StatusAccepted {
		t.Errorf("with a byte order mark: %d %s", r.status, r.raw)
	}
	if r := w.callWith("POST", start, body, principal.Header, admin, "Content-Encoding", "identity"); r.status != http.StatusAccepted {
		t.Errorf("with the coding identity: %d %s", r.status, r.raw)
	}
}

// Old browsers send no Sec-Fetch-Site, but an Origin.
func TestAnOriginOfAnotherSiteIsRefusedForPrincipalsOfThePlatform(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, api.Addresses{Public: "https://certs.example.com"})
	host := strings.TrimPrefix(w.server.URL, "http://")
	for _, c := range []struct {
		name    string
		headers []string
		refused bool
	}{
		{"another site", []string{"Origin", "https://evil.example"}, true},
		{"no address", []string{"Origin", "null"}, true},
		{"our public one", []string{"Origin", "https://CERTS.example.com"}, false},
		{"the host", []string{"Origin", "http://" + host}, false},
		{"the site's", []string{"Origin", "https://site.example.net", "x-ms-original-url", "https://site.example.net/api/x"}, false},
		{"a proxy's", []string{"Origin", "https://front.example.net", "X-Forwarded-Host", "front.example.net"}, false},
		{"none", nil, false},
		{"what the browser says counts more", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "same-origin"}, false},
	} {
		headers := slices.Concat([]string{principal.Header, admin}, c.headers)
		r := w.callWith("POST", start, `{"hostnames":[{"hostname":"shop.example.com"}]}`, headers...)
		if refused := r.status == http.StatusForbidden && r.body["code"] == api.CodeCrossSiteCall; refused != c.refused {
			t.Errorf("%s: %d %s", c.name, r.status, r.raw)
		}
		if r := w.callWith("GET", "/api/me", "", headers...); r.status != http.StatusOK {
			t.Errorf("%s, a look: %d", c.name, r.status)
		}
	}
}

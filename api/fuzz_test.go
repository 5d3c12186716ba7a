package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
)

// bodies are the calls that read a body, but for the imports.
var bodies = []string{
	"/api/AddCertificateFunctions_HttpStart", "/api/AddMultipleCertificatesFunctions_HttpStart", "/api/certificates",
	"/api/certificates/" + managedName + "/revoke", "/api/certificates/" + managedName + "/renew",
}

// FuzzBody sends bodies of any content. They are the caller's mistake and leave
// nothing behind, or they start one instance for checked hostnames; the same body
// again gets the same one.
func FuzzBody(f *testing.F) {
	for which := range bodies {
		for _, body := range []string{
			``, `{}`, `null`, `[]`, `{"hostnames":[{"hostname":"shop.example.com"}]}`, `{"hostnames":[{"hostname":"a.example.com"},{"hostname":"B.example.com."}]}`,
			`{"reason":"keyCompromise"}`, `{"reason":"superseded","version":"v1"}`, `{"hostnames":[{"hostname":"a.example.com"}],"HOSTNAMES":[{}]}`,
			`{"hostnames":[{"hostname":"a.example.com","hostname":"b.example.com"}]}`, "{\"ho\xffstnames\":[]}", `{"hostnames":[{"hostname":"\ud800"}]}`,
			strings.Repeat(`{"hostnames":[`, 200), `{"` + strings.Repeat("x", 1000) + `":1}`, `{"hostnames":[{"hostname":"a.example.com"}]} x`,
		} {
			f.Add(uint8(which), []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		b, to := newBench(t, nil), &url.URL{Path: bodies[int(which)%len(bodies)]}
		first := b.call(http.MethodPost, to, body)
		if !wantAnswer(t, first) {
			if stored := b.instances(t); len(stored) > 0 {
				t.Fatalf("refused with %s, and %d instances are stored", first.Body, len(stored))
			}
			return
		}
		stored := b.instances(t)
		if first.Code != http.StatusAccepted || len(stored) != 1 || idOf(t, first) != stored[0].ID {
			t.Fatalf("%d %s, and %d instances are stored", first.Code, first.Body, len(stored))
		}
		var input issuance.Input
		if err := json.Unmarshal(stored[0].Input, &input); err != nil || len(input.Hostnames) == 0 || len(input.Hostnames) > batch.MaxHostnames {
			t.Fatalf("the input is %s (%v)", stored[0].Input, err)
		}
		for _, h := range input.Hostnames {
			if name, err := hostname.Parse(h.Hostname); err != nil || name.String() != h.Hostname {
				t.Fatalf("the hostname %q is stored: %v", h.Hostname, err)
			}
		}
		if again := b.call(http.MethodPost, to, body); again.Code != http.StatusAccepted || idOf(t, again) != stored[0].ID {
			t.Fatalf("the second time: %d %s, want the instance %s", again.Code, again.Body, stored[0].ID)
		}
	})
}

func idOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var started struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &started); err != nil {
		t.Fatal(err)
	}
	return started.ID
}

// queries are the calls that read a query or a continuation token.
var queries = []string{
	"GET /api/instances", "DELETE /api/instances", "GET /api/instances/{id}", "POST /api/instances/{id}/terminate", "POST /api/instances/{id}/raiseEvent/x",
	"GET /api/certificates", "GET /api/certificates/" + managedName, "DELETE /api/certificates/" + managedName, "GET /api/preflight", "GET /api/openapi.json",
}

// FuzzQuery sends queries and continuation tokens of any content to calls that
// find something: the caller's mistake, or an answer, and the links in it lead to
// the caller's own host.
func FuzzQuery(f *testing.F) {
	for which := range queries {
		for _, query := range []string{"", "runtimeStatus=Failed,Running&top=2", "top=-1", "top=99999999999999999999", "createdTimeFrom=0000-01-01T00:00:00Z&createdTimeTo=9999-12-31T23:59:59-23:59",
			"createdTimeFrom=2026-01-01T00:00:00Z", "showHistory=true&showOutput=TRUE&showInput=x", "state=due&sort=expiry&search=%27or%271%27eq%271", "revoke=true", "reason=%0d%0aSet-Cookie:a", "hostname=a.example.com", "hostname=a&hostname=b", "%zz&;"} {
			f.Add(uint8(which), query, "")
		}
		for _, token := range []string{"bm9uc2Vuc2U", "MXwwMDAw", "eyJ0IjoiIiwibiI6IngifQ", "bmFtZXwxfHNob3A", "!"} {
			f.Add(uint8(which), "state=ok&top=1", token)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, query, token string) {
		b := newBench(t, nil)
		started := b.call(http.MethodPost, &url.URL{Path: bodies[0]}, []byte(`{"hostnames":[{"hostname":"running.example.com"}]}`))
		method, path, _ := strings.Cut(queries[int(which)%len(queries)], " ")
		to := &url.URL{Path: strings.ReplaceAll(path, "{id}", idOf(t, started)), RawQuery: query}
		w := b.call(method, to, nil, "x-ms-continuation-token", token)
		if !wantAnswer(t, w) {
			return
		}
		if at := w.Header().Get("Location"); at != "" && !strings.HasPrefix(at, "http://app.example.net/api/instances/") {
			t.Fatalf("%s?%s leads to %q", to.Path, query, at)
		}
		if w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s?%s: %s", to.Path, query, w.Body)
		}
	})
}

// FuzzAddress asks for addresses of any spelling. Whoever is nobody gets nothing
// but health, and a reader changes nothing.
func FuzzAddress(f *testing.F) {
	for _, path := range []string{"/api/health", "/api//health", "/api/health/", "/api/%68ealth", "/api/../api/health", "/api/instances", "/api/instances/x/terminate", "/api/certificates/" + managedName,
		"/api/certificates/" + managedName + "/revoke", "/api/certificates/a%2fb", "/api/./certificates", "/api;x/health", "/API/health", "/api/health?x", "/api/health#x", "//api/health", "/api/instances/\x00"} {
		for _, method := range []string{"GET", "POST", "DELETE", "HEAD", "OPTIONS", "get"} {
			f.Add(method, path)
		}
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		to, err := url.ParseRequestURI(path)
		if err != nil {
			return // the server answers 400 itself
		}
		b := newBench(t, nil)
		w := b.call(method, to, nil, "x-ms-client-principal", "")
		if open := (method == http.MethodGet || method == http.MethodHead) && strings.EqualFold(to.Path, "/api/health") && to.RawPath == ""; w.Code == http.StatusOK != open {
			t.Fatalf("%s %q without a sign-in: %d %s", method, path, w.Code, w.Body)
		}
		before := b.instances(t)
		w = b.call(method, to, []byte(`{"hostnames":[{"hostname":"shop.example.com"}],"reason":"keyCompromise"}`), "x-ms-client-principal", reader)
		if w.Code >= 500 || method != http.MethodGet && method != http.MethodHead && w.Code < 400 || len(b.instances(t)) != len(before) {
			t.Fatalf("%s %q as a reader: %d %s", method, path, w.Code, w.Body)
		}
		if bytes.Contains(b.log.Bytes(), []byte("request failed")) {
			t.Fatalf("%s %q: %s", method, path, &b.log)
		}
	})
}

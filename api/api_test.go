package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/memstore"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

// world is the API on the real engine and a memory store.
type world struct {
	t      *testing.T
	server *httptest.Server
	store  *memstore.Store
	queue  *memstore.Queue
	runner *durable.Runner
	// what GET /api/certificates shows
	clock   *durabletest.Clock
	records *managedtest.Records
	gateway *shownGateway
}

func newWorld(t *testing.T, checks ...api.Check) *world {
	t.Helper()
	return newWorldAt(t, api.Addresses{}, checks...)
}

func newWorldAt(t *testing.T, addresses api.Addresses, checks ...api.Check) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{t: t, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now), clock: clock, records: managedtest.NewRecords(), gateway: &shownGateway{}}
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: w.queue, Clock: clock.Now, Flows: []durable.Definition{issuance.AddCertificate(issuance.Ports{})}})
	w.runner.Add(batch.AddMultiple(w.runner, w.store))
	w.server = httptest.NewServer(apitest.New(t, api.Config{Preflight: echo{}, Issuers: shownIssuers{}, Engine: w.runner, Instances: w.store, Checks: checks, Addresses: addresses, SignIn: principal.New(principal.Config{ClientPrincipal: true}), Certificates: w.certificates(), Version: "v1.2.3", Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(w.server.Close)
	return w
}

// reply is an answer with its body decoded.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// call is made by an admin.
func (w *world) call(method, path, body string) reply {
	w.t.Helper()
	return w.callWith(method, path, body, principal.Header, admin)
}

var admin = principaltest.ClientPrincipal("aad", "ann@example.com", principal.Admin)

var reader = principaltest.ClientPrincipal("aad", "rita@example.com", principal.Reader)

// callWith sends the given headers, name and value in turn.
func (w *world) callWith(method, path, body string, headers ...string) reply {
	w.t.Helper()
	req, err := http.NewRequest(method, w.server.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for n := 0; n < len(headers); n += 2 {
		req.Header.Add(headers[n], headers[n+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &r.body) // lists and empty bodies stay raw
	return r
}

const start = "/api/AddCertificateFunctions_HttpStart"

func (w *world) started(hostname string) (id string) {
	w.t.Helper()
	r := w.call("POST", start, `{"hostnames":[{"hostname":"`+hostname+`"}]}`)
	if r.status != http.StatusAccepted {
		w.t.Fatalf("POST %s: %d %s", hostname, r.status, r.raw)
	}
	return r.body["id"].(string)
}

func TestBadRequestsAreRefusedWithTheFixBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	host := func(name string) string { return `{"hostnames":[{"hostname":"` + name + `"}]}` }
	for _, c := range []struct {
		name, body string
		status     int
		code       string
		says       string
	}{
		{"empty body", ``, 400, api.CodeBodyEmpty, "no body"},
		{"blanks only", "  \n", 400, api.CodeBodyEmpty, "no body"},
		{"not JSON", `hostname=example.com`, 400, api.CodeBodyNotJSON, "not JSON"},
		{"cut off", `{"hostnames":[{"hostname":"exa`, 400, api.CodeBodyNotJSON, "complete"},
		{"something behind", `{"hostnames":[{"hostname":"example.com"}]} {}`, 400, api.CodeBodyNotJSON, "behind"},
		{"an array", `["example.com"]`, 400, api.CodeBodyWrongType, "array"},
		{"hostname as a number", `{"hostnames":[{"hostname":7}]}`, 400, api.CodeBodyWrongType, "hostname"},
		{"hostnames as text", `{"hostnames":"example.com"}`, 400, api.CodeBodyWrongType, "hostnames"},
		{"unknown field", `{"hostnames":[{"hostname":"example.com"}],"force":true}`, 400, api.CodeBodyUnknownField, "force"},
		{"unknown inner field", `{"hostnames":[{"hostname":"example.com","port":443}]}`, 400, api.CodeBodyUnknownField, "port"},
		{"null", `null`, 400, api.CodeHostnamesMissing, "no hostname"},
		{"no hostnames", `{}`, 400, api.CodeHostnamesMissing, "no hostname"},
		{"empty list", `{"hostnames":[]}`, 400, api.CodeHostnamesMissing, "no hostname"},
		{"two hostnames", `{"hostnames":[{"hostname":"a.example.com"},{"hostname":"b.example.com"}]}`, 400, api.CodeHostnamesTooMany, "exactly one"},
		{"nothing in it", host(""), 400, api.CodeHostnameNotValid, ""},
		{"localhost", host("localhost"), 400, api.CodeHostnameNotValid, "localhost"},
		{"IPv4", host("192.0.2.1"), 400, api.CodeHostnameNotValid, "192.0.2.1"},
		{"IPv6", host("2001:db8::1"), 400, api.CodeHostnameNotValid, "2001:db8::1"},
		{"a port", host("example.com:443"), 400, api.CodeHostnameNotValid, "port"},
		{"a URL", host("https://example.com/"), 400, api.CodeHostnameNotValid, "https"},
		{"wildcard over a suffix", host("*.com"), 400, api.CodeHostnameNotValid, ""},
		{"wildcard", host("*.example.com"), 400, api.CodeHostnameNotValid, "DNS-01"},
		{"a public suffix", host("co.uk"), 400, api.CodeHostnameNotValid, "co.uk"},
		{"300 characters", host(strings.Repeat("abcdefghi.", 29) + "example.com"), 400, api.CodeHostnameNotValid, "253"},
		{"a long label", host(strings.Repeat("a", 64) + ".example.com"), 400, api.CodeHostnameNotValid, "63"},
		{"blanks inside", host("exa mple.com"), 400, api.CodeHostnameNotValid, ""},
		{"a control character", `{"hostnames":[{"hostname":"a\u0000.example.com"}]}`, 400, api.CodeHostnameNotValid, ""},
		{"huge", `{"hostnames":[{"hostname":"` + strings.Repeat("a", 1<<20) + `"}]}`, 413, api.CodeBodyTooLarge, "larger"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.call("POST", start, c.body)
			if r.status != c.status || r.body["code"] != c.code {
				t.Fatalf("%d %v, want %d %s: %s", r.status, r.body["code"], c.status, c.code, r.raw)
			}
			if got := r.header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type %q", got)
			}
			if r.body["fix"] == nil || !strings.Contains(r.raw, c.says) {
				t.Errorf("the reply must name %q and a fix: %s", c.says, r.raw)
			}
		})
	}
	if w.queue.Len() != 0 {
		t.Errorf("%d messages were sent", w.queue.Len())
	}
	if list, _, err := w.store.List(context.Background(), durable.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("%d instances were stored (%v)", len(list), err)
	}
}

func TestAHostnameIsTakenInTheFormThatTheAuthorityKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for given, want := range map[string]string{
		"Shop.Example.COM.":        "shop.example.com",
		"bücher.example.com":       "xn--bcher-kva.example.com",
		"xn--bcher-kva.example.de": "xn--bcher-kva.example.de",
	} {
		r := w.call("GET", "/api/instances/"+w.started(given), "")
		if r.body["input"] != want {
			t.Errorf("%s became %v, want %s", given, r.body["input"], want)
		}
	}
}

func TestASecondRequestForAHostnameInFlightGetsTheFirstOnesID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.started("shop.example.com")
	if second := w.started("SHOP.example.com."); second != first {
		t.Errorf("second request got %s, want %s", second, first)
	}
	if list, _, err := w.store.List(context.Background(), durable.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("%d instances for one certificate (%v)", len(list), err)
	}
}

func TestTheReplyLeadsToTheStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.call("POST", start, `{"hostnames":[{"hostname":"shop.example.com"}]}`)
	if r.status != 202 || r.header.Get("Retry-After") == "" || r.header.Get("Location") != r.body["statusQueryGetUri"] {
		t.Errorf("%d Location %q Retry-After %q: %s", r.status, r.header.Get("Location"), r.header.Get("Retry-After"), r.raw)
	}
	for _, member := range []string{"id", "statusQueryGetUri", "sendEventPostUri", "terminatePostUri", "purgeHistoryDeleteUri"} {
		if s, _ := r.body[member].(string); s == "" {
			t.Errorf("the reply lacks %s", member)
		}
	}
	status := strings.TrimPrefix(r.body["statusQueryGetUri"].(string), w.server.URL)
	got := w.call("GET", status+"?showHistory=true", "")
	if got.status != 202 || got.header.Get("Location") == "" {
		t.Errorf("status of a pending instance: %d, Location %q", got.status, got.header.Get("Location"))
	}
	custom, _ := got.body["customStatus"].(map[string]any)
	if got.body["name"] != "AddCertificateFunctions" || got.body["runtimeStatus"] != "Pending" ||
		custom["status"] != "GetApplicationGatewayPublicIpStep" || custom["message"] != "Getting Application Gateway public IP address." {
		t.Errorf("status body: %s", got.raw)
	}
	for _, member := range []string{"instanceId", "input", "output", "createdTime", "lastUpdatedTime", "historyEvents"} {
		if _, ok := got.body[member]; !ok {
			t.Errorf("the status lacks %s", member)
		}
	}
}

// Whoever writes the address in a reply decides where its reader takes a token to.
func TestTheAddressesInTheReplyAreTheInstallations(t *testing.T) {
	t.Parallel()
	const original, forwarded = "x-ms-original-url", "X-Forwarded-Host"
	for name, c := range map[string]struct {
		addresses api.Addresses
		headers   map[string]string
		want      string // "" for the server's own
	}{
		"the setting":                      {api.Addresses{Public: "https://certs.example.net", OriginalURL: true}, map[string]string{original: "https://site.example.net/api/x", forwarded: "app.example.net"}, "https://certs.example.net"},
		"the platform in front":            {api.Addresses{OriginalURL: true}, map[string]string{original: "https://site.example.net/api/x", forwarded: "app.example.net"}, "https://site.example.net"},
		"no platform in front":             {api.Addresses{}, map[string]string{original: "https://thief.example.net/api/x"}, ""},
		"the host, whatever a caller says": {api.Addresses{}, map[string]string{original: "https://thief.example.net/api/x", forwarded: "app.example.net"}, "http://app.example.net"},
		"not the address of a page":        {api.Addresses{OriginalURL: true}, map[string]string{original: "javascript://site.example.net/"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, c.addresses)
			req, _ := http.NewRequest("POST", w.server.URL+start, strings.NewReader(`{"hostnames":[{"hostname":"shop.example.com"}]}`))
			req.Header.Set(principal.Header, admin)
			for header, value := range c.headers {
				req.Header.Set(header, value)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var reply map[string]string
			if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want == "" {
				want = w.server.URL
			}
			want += "/api/instances/" + reply["id"]
			if got := resp.Header.Get("Location"); got != want {
				t.Errorf("Location %q, want %s", got, want)
			}
			for _, member := range []string{"statusQueryGetUri", "sendEventPostUri", "terminatePostUri", "purgeHistoryDeleteUri"} {
				if !strings.HasPrefix(reply[member], want) {
					t.Errorf("%s is %q, want %s…", member, reply[member], want)
				}
			}
		})
	}
}

// Clients of the predecessor read the bare hostname and compare error with null.
func TestAnInstanceOfOneHostnameHasThePublishedShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	running, done, failed := w.started("shop.example.com"), w.started("done.example.com"), w.started("failed.example.com")
	w.end(done, false)
	w.end(failed, true)
	many := w.call("POST", startMany, `{"hostnames":[{"hostname":"a.example.com"},{"hostname":"b.example.com"}]}`).body["id"].(string)
	single := func(body map[string]any, hostname string, code any) {
		t.Helper()
		custom, _ := body["customStatus"].(map[string]any)
		got, there := custom["error"]
		if body["input"] != hostname || !there || got != code {
			t.Errorf("input %v, customStatus %v, want %s and the error %v", body["input"], custom, hostname, code)
		}
	}
	single(w.call("GET", "/api/instances/"+running, "").body, "shop.example.com", nil)
	single(w.call("GET", "/api/instances/"+done, "").body, "done.example.com", nil)
	single(w.call("GET", "/api/instances/"+failed, "").body, "failed.example.com", "Reason")
	var list []map[string]any
	if err := json.Unmarshal([]byte(w.call("GET", "/api/instances", "").raw), &list); err != nil || len(list) != 4 {
		t.Fatalf("%v, %d instances", err, len(list))
	}
	for _, body := range list {
		switch body["instanceId"] {
		case running:
			single(body, "shop.example.com", nil)
		case failed:
			single(body, "failed.example.com", "Reason")
		case many:
			input, _ := body["input"].(map[string]any)
			if names, _ := input["hostnames"].([]any); len(names) != 2 {
				t.Errorf("the input of several: %v", body["input"])
			}
			if _, there := body["customStatus"].(map[string]any)["error"]; there {
				t.Errorf("the status of several that have not failed: %v", body["customStatus"])
			}
		}
	}
}

func (w *world) end(id string, failed bool) {
	w.t.Helper()
	inst, err := w.store.Load(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	inst.Status, inst.Custom = durable.Completed, durable.CustomStatus{Status: "Completed"}
	if failed {
		inst.Status, inst.Custom = durable.Failed, durable.CustomStatus{Status: "Failed", Error: "Reason", Message: "Why."}
	}
	if err := w.store.Commit(context.Background(), inst, durable.Change{}); err != nil {
		w.t.Fatal(err)
	}
}

func TestTheStatusCodeTellsWhetherItHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done, failed := w.started("done.example.com"), w.started("failed.example.com")
	w.end(done, false)
	w.end(failed, true)
	for path, want := range map[string]int{
		done:   200,
		failed: 200,
		failed + "?returnInternalServerErrorOnFailure=true": 500,
		done + "?returnInternalServerErrorOnFailure=true":   200,
		done + "?showHistory=perhaps":                       400,
		"00000000000000000000000000000000":                  404,
		"nonsense":                                          404,
	} {
		if r := w.call("GET", "/api/instances/"+path, ""); r.status != want {
			t.Errorf("GET %s: %d, want %d: %s", path, r.status, want, r.raw)
		}
	}
}

func TestInstancesAreSteeredAsTheDurableFunctionsAPIDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	running, ended := w.started("running.example.com"), w.started("ended.example.com")
	w.end(ended, false)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"POST", running + "/raiseEvent/DnsFixed", 202},
		{"POST", ended + "/raiseEvent/DnsFixed", 410},
		{"POST", "00000000000000000000000000000000/raiseEvent/DnsFixed", 404},
		{"DELETE", running, 409},
		{"POST", running + "/terminate?reason=why%20not", 202},
		{"POST", ended + "/terminate", 410},
		{"POST", "00000000000000000000000000000000/terminate", 404},
		{"DELETE", ended, 200},
		{"DELETE", ended, 404},
		{"PUT", running, 405},
	} {
		if r := w.call(c.method, "/api/instances/"+c.path, ""); r.status != c.want {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, r.status, c.want, r.raw)
		}
	}
	if r := w.call("GET", "/api/instances/"+running, ""); !strings.Contains(r.raw, "DeleteValidationFileFromBlobStorageStep") {
		t.Errorf("a terminated instance must be cleaning up: %s", r.raw)
	}
}

func TestTheListIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.end(w.started("a.example.com"), true)
	w.started("b.example.com")
	w.started("c.example.com")
	count := func(path string) (int, http.Header) {
		t.Helper()
		r := w.call("GET", path, "")
		var list []map[string]any
		if err := json.Unmarshal([]byte(r.raw), &list); err != nil {
			t.Fatalf("%s: %d %s", path, r.status, r.raw)
		}
		return len(list), r.header
	}
	if n, _ := count("/api/instances?runtimeStatus=failed"); n != 1 {
		t.Errorf("%d failed, want 1", n)
	}
	if n, _ := count("/api/instances?runtimeStatus=Pending,Running"); n != 2 {
		t.Errorf("%d active, want 2", n)
	}
	n, header := count("/api/instances?top=2")
	if n != 2 || header.Get("x-ms-continuation-token") == "" {
		t.Errorf("page of %d, token %q", n, header.Get("x-ms-continuation-token"))
	}
	for _, bad := range []string{"top=0", "top=x", "runtimeStatus=Sleeping", "createdTimeFrom=yesterday", "showInput=maybe"} {
		if r := w.call("GET", "/api/instances?"+bad, ""); r.status != 400 || r.body["code"] != api.CodeQueryNotValid {
			t.Errorf("%s: %d %s", bad, r.status, r.raw)
		}
	}
}

func TestHealthTellsWhatAnswersAndNothingMore(t *testing.T) {
	t.Parallel()
	broken := func(context.Context) error { return errors.New("dial tcp 10.1.2.3: secret") }
	fine := func(context.Context) error { return nil }
	for _, c := range []struct {
		name    string
		storage func(context.Context) error
		vault   func(context.Context) error
		status  int
		says    string
	}{
		{"all is well", fine, fine, 200, "Healthy"},
		{"the vault is away", fine, broken, 200, "Degraded"},
		{"storage is away", broken, fine, 503, "Unhealthy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, api.Check{Name: "storage", Vital: true, Run: c.storage}, api.Check{Name: "keyVault", Run: c.vault})
			r := w.call("GET", "/api/health", "")
			if r.status != c.status || r.body["status"] != c.says || r.body["version"] != "v1.2.3" || strings.Contains(r.raw, "10.1.2.3") {
				t.Errorf("%d %s, want %d %s", r.status, r.raw, c.status, c.says)
			}
		})
	}
}

func TestTheDescriptionHasEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.call("GET", "/api/openapi.json", "")
	paths, _ := r.body["paths"].(map[string]any)
	described := map[string]bool{}
	for path, methods := range paths {
		for method := range methods.(map[string]any) {
			described[strings.ToUpper(method)+" "+path] = true
		}
	}
	routes, err := api.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range routes {
		if !described[route] {
			t.Errorf("openapi.json lacks %s", route)
		}
		delete(described, route)
	}
	for route := range described {
		t.Errorf("openapi.json has %s, the API has not", route)
	}
}

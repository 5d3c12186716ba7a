package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/internal/durable"
)

const startMany = "/api/AddMultipleCertificatesFunctions_HttpStart"

// many is a request body with the given hostnames.
func many(names ...string) string {
	var entries []string
	for _, name := range names {
		entries = append(entries, fmt.Sprintf(`{"hostname":%q}`, name))
	}
	return `{"hostnames":[` + strings.Join(entries, ",") + `]}`
}

func numbered(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("h%d.example.com", i))
	}
	return names
}

func (w *world) startedMany(names ...string) (id string) {
	w.t.Helper()
	r := w.call("POST", startMany, many(names...))
	if r.status != http.StatusAccepted {
		w.t.Fatalf("POST of %d hostnames: %d %s", len(names), r.status, r.raw)
	}
	return r.body["id"].(string)
}

// next handles the message that is due.
func (w *world) next() {
	w.t.Helper()
	d, ok := w.queue.Receive(time.Minute)
	if !ok {
		w.t.Fatal("there is no message")
	}
	if err := w.runner.Handle(w.t.Context(), d.Message, durable.Delivery{}); err != nil {
		w.t.Fatal(err)
	}
	w.queue.Delete(d)
}

func TestBadRequestsForManyHostnamesAreRefusedBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name, body string
		status     int
		code       string
		says       string
	}{
		{"empty body", ``, 400, api.CodeBodyEmpty, "no body"},
		{"not JSON", `hostnames`, 400, api.CodeBodyNotJSON, "not JSON"},
		{"no hostnames", `{}`, 400, api.CodeHostnamesMissing, "no hostname"},
		{"empty list", `{"hostnames":[]}`, 400, api.CodeHostnamesMissing, "no hostname"},
		{"names as text", `{"hostnames":["a.example.com"]}`, 400, api.CodeBodyWrongType, "hostnames"},
		{"unknown field", `{"hostnames":[{"hostname":"a.example.com"}],"parallel":9}`, 400, api.CodeBodyUnknownField, "parallel"},
		{"unknown inner field", `{"hostnames":[{"hostname":"a.example.com","san":[]}]}`, 400, api.CodeBodyUnknownField, "san"},
		{"one bad of three", many("a.example.com", "192.0.2.1", "b.example.com"), 400, api.CodeHostnameNotValid, "hostnames[1]"},
		{"two bad of three", many("a b.example.com", "ok.example.com", "localhost"), 400, api.CodeHostnameNotValid, "hostnames[2]"},
		{"a wildcard", many("a.example.com", "*.example.com"), 400, api.CodeHostnameNotValid, "DNS-01"},
		{"nothing in one", many("a.example.com", ""), 400, api.CodeHostnameNotValid, "hostnames[1]"},
		{"a thousand and one", many(numbered(1001)...), 400, api.CodeHostnamesTooMany, "1001 different hostnames; one request takes 1000"},
		{"huge", many(strings.Repeat("a", 1<<20)), 413, api.CodeBodyTooLarge, "larger"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.call("POST", startMany, c.body)
			if r.status != c.status || r.body["code"] != c.code {
				t.Fatalf("%d %v, want %d %s: %s", r.status, r.body["code"], c.status, c.code, r.raw)
			}
			if r.body["fix"] == nil || !strings.Contains(r.raw, c.says) {
				t.Errorf("the reply must name %q and a fix: %s", c.says, r.raw)
			}
		})
	}
	w.wantNothingStored()
}

func TestAReplyNamesOnlyTheFirstOfManyBadHostnames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := make([]string, 700)
	for i := range bad {
		bad[i] = "localhost"
	}
	r := w.call("POST", startMany, many(bad...))
	if r.body["code"] != api.CodeHostnameNotValid || !strings.Contains(r.raw, "and 695 more") || strings.Contains(r.raw, "hostnames[5]") {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

func TestAThousandHostnamesAreAcceptedInOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := numbered(1000)
	id := w.startedMany(append(names, names...)...) // the limit is for different ones
	if got := w.call("GET", "/api/instances/"+id, ""); len(hostnamesOf(t, got)) != 1000 {
		t.Errorf("%d hostnames in the input", len(hostnamesOf(t, got)))
	}
	if n := w.queue.Len(); n != 1 {
		t.Errorf("the request itself sent %d messages, want the parent's alone", n)
	}
}

func hostnamesOf(t *testing.T, r reply) (names []string) {
	t.Helper()
	var body struct {
		Input struct {
			Hostnames []struct {
				Hostname string `json:"hostname"`
			} `json:"hostnames"`
		} `json:"input"`
	}
	if err := json.Unmarshal([]byte(r.raw), &body); err != nil {
		t.Fatal(err)
	}
	for _, h := range body.Input.Hostnames {
		names = append(names, h.Hostname)
	}
	return names
}

func TestSpellingsOfOneHostnameAreFoldedIntoOneCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.startedMany("Shop.Example.COM", "shop.example.com.", " shop.example.com ", "bücher.example.com", "BÜCHER.example.com", "xn--bcher-kva.example.com", "b.example.com")
	got := hostnamesOf(t, w.call("GET", "/api/instances/"+id, ""))
	if want := "shop.example.com xn--bcher-kva.example.com b.example.com"; strings.Join(got, " ") != want {
		t.Errorf("hostnames %q, want %s", got, want)
	}
}

func TestTheSameSetOfHostnamesInFlightGetsTheSameParent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.startedMany("a.example.com", "b.example.com")
	if second := w.startedMany("B.example.com", "a.example.com", "a.example.com"); second != first {
		t.Errorf("the second request got %s, want %s", second, first)
	}
	if other := w.startedMany("a.example.com", "b.example.com", "c.example.com"); other == first {
		t.Error("another set got the same parent")
	}
}

func TestTheParentShowsItsChildrenWhenAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	joined := w.started("b.example.com")
	w.next() // its message: the gateway is not there, so it stays in its first step
	id := w.startedMany("a.example.com", "b.example.com")
	w.next()
	for query, shown := range map[string]bool{"": false, "?showInput=true": false, "?showOutput=false": false, "?showOutput=true": true, "?showHistory=true": true} {
		r := w.call("GET", "/api/instances/"+id+query, "")
		var body struct {
			RuntimeStatus string `json:"runtimeStatus"`
			Children      []struct {
				Hostname, InstanceID, RuntimeStatus string
				CustomStatus                        durable.CustomStatus
			} `json:"children"`
		}
		if err := json.Unmarshal([]byte(r.raw), &body); err != nil {
			t.Fatal(err)
		}
		if !shown {
			if len(body.Children) != 0 {
				t.Errorf("%q shows children: %s", query, r.raw)
			}
			continue
		}
		if len(body.Children) != 2 || body.Children[0].Hostname != "a.example.com" || body.Children[0].RuntimeStatus != "Pending" ||
			body.Children[0].CustomStatus.Status != "GetApplicationGatewayPublicIpStep" || body.Children[1].InstanceID != joined {
			t.Errorf("%q: %s", query, r.raw)
		}
		if child := w.call("GET", "/api/instances/"+body.Children[0].InstanceID+query, ""); child.status != 202 || strings.Contains(child.raw, `"children"`) {
			t.Errorf("the child itself: %d %s", child.status, child.raw)
		}
	}
	if r := w.call("GET", "/api/instances/"+id+"?showOutput=perhaps", ""); r.status != 400 || r.body["code"] != api.CodeQueryNotValid {
		t.Errorf("showOutput=perhaps: %d %s", r.status, r.raw)
	}
}

func TestRequestsNameTheirGateways(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, body := range map[string]string{
		startMany:                                   `{"hostnames":[{"hostname":"a.example.com","gateway":"us"},{"hostname":"b.example.com"}]}`,
		"/api/AddCertificateFunctions_HttpStart":    `{"hostnames":[{"hostname":"a.example.com"}],"gateways":["default","us"]}`,
		"/api/AddSanCertificateFunctions_HttpStart": `{"hostnames":[{"hostname":"a.example.com"}],"gateways":["us"]}`,
		"/api/certificates":                         `{"hostnames":[{"hostname":"a.example.com"}],"gateways":["us"]}`,
	} {
		if r := w.call("POST", path, body); r.status != 400 || r.body["code"] != api.CodeGatewayNotKnown || !strings.Contains(r.raw, `\"us\"`) {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
	if r := w.call("POST", startMany, `{"hostnames":[{"hostname":"a.example.com","gateway":"default"}],"gateways":["default"]}`); r.status != 202 {
		t.Errorf("the default one: %d %s", r.status, r.raw)
	}
	if r := w.call("POST", "/api/preflight", `{"hostnames":[{"hostname":"a.example.com"}],"gateways":["default"]}`); r.status != 400 {
		t.Errorf("a look: %d %s", r.status, r.raw)
	}
}

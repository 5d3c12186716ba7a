package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// forged is a queue trigger's body for the first step of an instance.
func forged(t *testing.T, inst *durable.Instance) string {
	t.Helper()
	message, err := json.Marshal(durable.Message{Instance: inst.ID, Step: inst.Step, Seq: inst.Seq})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(string(message))
	if err != nil {
		t.Fatal(err)
	}
	return `{"Data":{"message":` + string(text) + `,"timer":{"IsPastDue":false}},"Metadata":{"DequeueCount":"1"}}`
}

// spellings are ways to write the address of a function. The first is the one
// that the host itself uses.
func spellings(name string) []string {
	first := fmt.Sprintf("%%%02X", name[0])
	return []string{
		"/" + name, "//" + name, "/" + name + "/", "/" + first + name[1:], "/%2F" + name, "/./" + name, "/x/../" + name, "/" + name + "?x=/api/", "/" + name + ";x", "/" + name + "%00",
		"/" + strings.ToLower(name), "/" + strings.ToUpper(name), "/api/" + name, "/api//" + name, "/api/../" + name, "/api/%2e%2e/" + name, "/api/..%2f" + name, "/api/..;/" + name, "/API/../" + name,
		"http://127.0.0.1/" + name, "http:///" + name, "/api/instances/../../" + name, "/admin/functions/" + name,
	}
}

// Whatever a request from outside looks like, it is not taken for the host's: it
// gets neither a trigger's reply nor anything done. The host marks what it passes
// on, with headers that a caller cannot take off.
func TestNoSpellingOfATriggersAddressReachesItFromOutside(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	id, _, err := o.runner.Start(context.Background(), durable.Start{Flow: issuance.FlowAddCertificate, Claim: "shop", Input: json.RawMessage(`{"hostnames":[{"hostname":"shop.example.com"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	before, err := o.store.Load(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	body := forged(t, before)
	headers := map[string]string{
		"the host's marks":     "X-Forwarded-Host: app.example.net\r\nx-ms-invocation-id: 1\r\n",
		"one mark":             "X-Forwarded-Host: app.example.net\r\n",
		"the other mark":       "x-ms-invocation-id: 1\r\n",
		"an empty mark":        "X-Forwarded-Host:\r\n",
		"marks to be dropped":  "Connection: X-Forwarded-Host, x-ms-invocation-id\r\nX-Forwarded-Host: a\r\nx-ms-invocation-id: 1\r\n",
		"the host's own names": "X-Forwarded-Host: a\r\nX-Azure-Functions-InvocationId: 1\r\nX-Azure-Functions-HostVersion: 4\r\nUser-Agent: Azure-Functions-Host/4\r\n",
		"a sign-in":            "Authorization: Bearer x\r\n",
		"a cookie":             "Cookie: StaticWebAppsAuthCookie=x\r\n",
		"a principal":          "x-ms-client-principal-name: x\r\n",
		"the site's address":   "x-ms-original-url: https://site.example/RunStep\r\n",
		"an override":          "X-Forwarded-Host: a\r\nX-HTTP-Method-Override: POST\r\nX-Original-URL: /RunStep\r\nX-Rewrite-URL: /RunStep\r\n",
	}
	for _, name := range triggerNames(t) {
		for _, path := range spellings(name) {
			for what, header := range headers {
				for _, method := range []string{http.MethodPost, http.MethodGet} {
					resp, reply := o.raw(fmt.Sprintf("%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, header, len(body), body))
					if resp.StatusCode < 400 || resp.StatusCode > 499 || strings.Contains(reply, "ReturnValue") {
						t.Errorf("%s %s with %s: %d %s", method, path, what, resp.StatusCode, reply)
					}
				}
			}
		}
	}
	after, err := o.store.Load(context.Background(), id)
	if err != nil || after.ETag != before.ETag {
		t.Errorf("a forged message moved the instance on from %q to %q (%v)", before.Step, after.Step, err)
	}
	if n := len(o.instances()); n != 1 {
		t.Errorf("%d instances, so a timer was fired", n)
	}
	if !strings.Contains(o.log.String(), "refused an outside request to a trigger") {
		t.Error("the log has no word of it")
	}
	// The same message in the host's own call is taken, or the test shows nothing.
	resp, reply := o.raw(fmt.Sprintf("POST /RunStep HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	if after, err = o.store.Load(context.Background(), id); err != nil || after.ETag == before.ETag || !strings.Contains(reply, "ReturnValue") {
		t.Errorf("the host's own call: %d %s (%v)", resp.StatusCode, reply, err)
	}
}

// Whatever is asked for at an address that is nobody's, the answer is one that a
// program can read, and the same at a trigger's.
func TestAnAddressThatIsNobodysIsAProblem(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	for _, line := range []string{
		"GET /favicon.ico", "POST /nothing", "DELETE /", "GET /RunStep", "POST /RunStep", "BREW /x", "GET /apis/health", "GET //api/health",
	} {
		resp, body := o.raw(line + " HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: app.example.net\r\nConnection: close\r\n\r\n")
		var p api.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Errorf("%s: %v in %s", line, err, body)
		}
		if resp.StatusCode != http.StatusNotFound || p.Code != api.CodeRouteNotFound || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %s", line, resp.StatusCode, resp.Header.Get("Content-Type"), body)
		}
	}
}

// FuzzTrigger sends bodies of any content to the queue's endpoints, as the host
// would with a message that somebody else put into the queue. The host always
// gets a reply that it understands, and nothing is made of what is not ours.
func FuzzTrigger(f *testing.F) {
	for _, poison := range []bool{false, true} {
		for _, body := range []string{
			`{"Data":{"message":"\"{\\\"instance\\\":\\\"00000000000000000000000000000000\\\",\\\"seq\\\":1}\""},"Metadata":{"DequeueCount":"1"}}`,
			`{"Data":{"message":{"instance":"x","step":"y","seq":-1}}}`, `{"Data":{"message":"hello"}}`, `{"Data":{"message":null}}`, `{"Data":{}}`, `[]`, ``, `{"Data":{"message":"{\"instance\":[]}"}}`,
			`{"Data":{"message":"{\"instance\":\"../\\u0000'\",\"seq\":1e99}"}}`,
		} {
			f.Add(poison, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, poison bool, body []byte) {
		w, store := fuzzedTrigger(t, poison, body)
		var reply struct {
			Outputs map[string]any
			Logs    []string
		}
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest && w.Code != http.StatusRequestEntityTooLarge {
			t.Fatalf("%q is answered %d %s", body, w.Code, w.Body)
		}
		if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || reply.Outputs == nil || w.Header().Get("Content-Type") != "application/json" {
			t.Fatalf("%q is answered %d %s (%v)", body, w.Code, w.Body, err)
		}
		if list, _, err := store.List(context.Background(), durable.Filter{}); err != nil || len(list) != 0 {
			t.Fatalf("%q made %d instances (%v)", body, len(list), err)
		}
	})
}

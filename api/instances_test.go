package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/internal/durable"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

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

func TestInstancesArePurgedByFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := func(n int) string { return w.clock.Now().AddDate(0, 0, n).Format(time.RFC3339) }
	var ended []string
	for i := range 5 {
		id := w.started(fmt.Sprintf("h%d.example.com", i))
		w.end(id, i%2 == 0)
		ended = append(ended, id)
	}
	running := w.started("running.example.com")
	w.clock.Advance(time.Hour)
	for _, c := range []struct {
		query   string
		status  int
		deleted float64
	}{
		{"", 400, 0},
		{"createdTimeTo=" + day(1), 400, 0},
		{"createdTimeFrom=" + day(-1) + "&runtimeStatus=Running", 400, 0},
		{"createdTimeFrom=" + day(-1) + "&runtimeStatus=Failed,Pending", 400, 0},
		{"createdTimeFrom=" + day(1), 404, 0},
		{"createdTimeFrom=" + day(-2) + "&createdTimeTo=" + day(-1), 404, 0},
		{"createdTimeFrom=" + day(-1) + "&runtimeStatus=Failed", 200, 3},
		{"createdTimeFrom=" + day(-1), 200, 2},
		{"createdTimeFrom=" + day(-1), 404, 0},
	} {
		r := w.call("DELETE", "/api/instances?"+c.query, "")
		if r.status != c.status || c.deleted > 0 && r.body["instancesDeleted"] != c.deleted {
			t.Errorf("%s: %d %s", c.query, r.status, r.raw)
		}
	}
	if _, err := w.store.Load(t.Context(), ended[0]); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("an ended instance: %v", err)
	}
	if _, err := w.store.Load(t.Context(), running); err != nil {
		t.Errorf("the running instance: %v", err)
	}
	operator := principaltest.ClientPrincipal("aad", "bob@example.com", principal.Operator)
	if r := w.callWith("DELETE", "/api/instances?createdTimeFrom="+day(-1), "", principal.Header, operator); r.status != 403 {
		t.Errorf("an operator purges: %d", r.status)
	}
}

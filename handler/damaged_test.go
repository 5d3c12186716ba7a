package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/api"
	"certgate/internal/azurestore/azurestoretest"
	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
	"certgate/localstack/azurite/azuritetest"
)

func (a answered) member(name string) string {
	var body map[string]any
	_ = json.Unmarshal(a.Body.Bytes(), &body)
	text, _ := body[name].(string)
	return text
}

// member changes a member of the document Data.
func member(name string, value any) func(map[string]any) {
	return func(p map[string]any) {
		var data map[string]any
		if err := json.Unmarshal(p["Data0"].(aztables.EDMBinary), &data); err != nil {
			panic(err)
		}
		data[name] = value
		raw, _ := json.Marshal(data)
		p["Data0"] = aztables.EDMBinary(raw)
	}
}

// ways are what somebody's script, half a restore or another release makes of a row.
var ways = map[string]func(map[string]any){
	"a missing property":   func(p map[string]any) { delete(p, "Data0") },
	"another type":         func(p map[string]any) { p["Data0"] = int32(7) },
	"a newer schema":       func(p map[string]any) { p["Schema"] = int32(2) },
	"a member that is new": member("claim", map[string]any{"kind": "hostname"}),
	"nothing in it":        func(p map[string]any) { clear(p) },
}

// harmless asks every route, of these instances, and every timer; none may fail over one
// row.
func (w *damageWorld) harmless(what string, names ...string) {
	w.Helper()
	routes, err := api.Routes()
	if err != nil {
		w.Fatal(err)
	}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || strings.HasSuffix(path, "/events") { // which are off
			continue
		}
		for _, name := range names {
			if !strings.Contains(path, "{") && name != names[0] {
				continue
			}
			p := strings.NewReplacer("{id}", w.id[name], "{hostname}", name+".example.com", "{name}", name+"-example-com").Replace(path)
			for _, query := range []string{"", "?showHistory=true&showOutput=true", "?returnInternalServerErrorOnFailure=false"} {
				if query != "" && path != "/api/instances/{id}" {
					continue
				}
				if r := w.call(method, p+query, ""); r.Code >= 500 || r.Code == http.StatusNotFound && !strings.Contains(path, "certificates/") && !strings.Contains(path, "listeners/") && !strings.HasSuffix(path, "/look") {
					w.Errorf("%s: GET %s (%s): %d %s", what, p+query, name, r.Code, r.Body)
				}
			}
		}
	}
	for _, timer := range []string{"/Rescue", "/RenewDue", "/RenewCertificates", "/Watch", "/PurgeHistory"} {
		if r := w.host(timer, `{"Data":{"timer":{"IsPastDue":false}},"Metadata":{}}`); r.Code != http.StatusOK {
			w.Errorf("%s: %s: %d %s", what, timer, r.Code, r.Body)
		}
	}
	if strings.Contains(w.log.String(), "the store is away") {
		w.Errorf("%s: the log calls it an outage of the store", what)
	}
	if figures := w.call(http.MethodGet, "/api/metrics", "").Body.String(); strings.Contains(figures, `certgate_state_read_success{part="certificates"} 0`) || strings.Contains(figures, `certgate_state_read_success{part="instances"} 0`) || strings.Contains(figures, `certgate_state_read_success{part="backlog"} 0`) {
		w.Errorf("%s: figures are missing:\n%s", what, figures)
	}
}

func TestADamagedRowHarmsNothingElse(t *testing.T) {
	t.Parallel()
	emulator := azuritetest.Start(t)
	for _, c := range []struct {
		name, prefix, of string
		// after is asked when everything has run; nil asks nothing more.
		after func(w *damageWorld)
		only  string // which of ways; "" is all
	}{
		{name: "an instance", prefix: "i|", of: "a", after: damagedInstanceCanBeFreed},
		{name: "a child", prefix: "i|", of: "c", only: "another type, a newer schema", after: parentEndsWithout},
		{name: "an instance that has ended", prefix: "i|", of: "e", only: "another type, a newer schema", after: func(w *damageWorld) { w.completes("beside e", "f") }},
		{name: "a list row", prefix: "l|", of: "e", only: "a missing property, nothing in it"},
		{name: "history", prefix: "h|", of: "e", only: "another type, nothing in it", after: func(w *damageWorld) {
			if text := w.call(http.MethodGet, "/api/instances/"+w.id["e"]+"?showHistory=true", "").Body.String(); !strings.Contains(text, "Unreadable") {
				w.Errorf("the history does not show what is damaged: %s", text)
			}
		}},
		{name: "a claim", prefix: "c|", of: "a", only: "nothing in it", after: func(w *damageWorld) { w.completes("with its claim damaged", "a") }},
		{name: "a record", prefix: "n|", of: "e-example-com", after: recordIsRebuilt},
		{name: "a record's list row", prefix: "e|", of: "e-example-com", only: "another type"},
		{name: "a record's due row", prefix: "d|", of: "e-example-com", only: "nothing in it"},
	} {
		for way, edit := range ways {
			if c.only != "" && !strings.Contains(c.only, way) {
				continue
			}
			what := c.name + " with " + way
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				w := newDamageWorld(t, emulator)
				of := c.of
				if id, ok := w.id[of]; ok {
					of = id
				}
				w.change(c.prefix, of, func(p map[string]any) {
					if _, ok := p["Data0"].(aztables.EDMBinary); !ok && way == "a member that is new" {
						return
					}
					edit(p)
				})
				w.clock.Advance(time.Second) // what the status cache knew is old
				all := slices.Sorted(maps.Keys(w.id))
				w.harmless(what, all...)
				if r := w.message(w.id[firstOf(c.of, w.id)], "GetPublicIPAddressStep", 1); r.Code != http.StatusOK {
					t.Errorf("%s: the message goes round: %d %s", what, r.Code, r.Body)
				}
				w.drain()
				w.clock.Advance(20 * time.Minute)
				w.harmless(what+", later", all...)
				w.drain()
				for _, other := range []string{"b", "d"} {
					w.completes(what, other)
				}
				if c.after != nil {
					c.after(w)
				}
			})
		}
	}
}

// Each column of each kind of row, and each member of its document, missing and of
// another type.
func TestADamagedMemberHarmsNothingElse(t *testing.T) {
	t.Parallel()
	w := newDamageWorld(t, azuritetest.Start(t))
	kinds := map[string]bool{}
	damages := 0
	for _, row := range w.table.Rows(func(e aztables.EDMEntity) bool {
		return strings.Contains(e.RowKey, w.id["a"]) || strings.Contains(e.RowKey, w.id["e"]) || strings.Contains(e.RowKey, "e-example-com") || e.Properties["InstanceId"] == w.id["a"]
	}) {
		kind := row.PartitionKey + "/" + row.RowKey[:1]
		if row.PartitionKey < "4" { // of instances
			kind = row.RowKey[:1]
		}
		if kinds[kind] { // one is like another
			continue
		}
		kinds[kind] = true
		of := "e"
		if strings.Contains(row.RowKey, w.id["a"]) {
			of = "a"
		}
		for damage, bad := range azurestoretest.Damages(row) {
			damages++
			w.table.Put(bad)
			w.clock.Advance(time.Second) // what the status cache knew is old
			w.harmless(kind+" "+damage, of)
			w.table.Put(row)
		}
	}
	if len(kinds) < 10 || damages < 200 {
		t.Errorf("only %d damages, of the kinds %v", damages, slices.Sorted(maps.Keys(kinds)))
	}
	w.clock.Advance(time.Hour)
	told := w.log.String()
	w.harmless("mended", "a", "b", "e")
	if after := strings.TrimPrefix(w.log.String(), told); strings.Contains(after, "a stored row cannot be read") {
		t.Errorf("when all is mended: %s", after)
	}
}

func firstOf(name string, id map[string]string) string {
	if _, ok := id[name]; ok {
		return name
	}
	return "a"
}

func damagedInstanceCanBeFreed(w *damageWorld) {
	w.Helper()
	shown := w.call(http.MethodGet, "/api/instances/"+w.id["a"], "")
	if shown.Code != http.StatusOK || shown.member("runtimeStatus") != "Unknown" || !strings.Contains(shown.Body.String(), durable.CodeInstanceDamaged) {
		w.Errorf("a damaged instance is shown as %d %s", shown.Code, shown.Body)
	}
	if r := w.call(http.MethodGet, "/api/instances/"+w.id["a"]+"?returnInternalServerErrorOnFailure=true", ""); r.Code != http.StatusInternalServerError {
		w.Errorf("a damaged instance with returnInternalServerErrorOnFailure: %d", r.Code)
	}
	if r := w.call("POST", "/api/instances/"+w.id["a"]+"/raiseEvent/Go", ""); r.Code != http.StatusConflict || r.member("code") != durable.CodeInstanceDamaged {
		w.Errorf("raise: %d %s", r.Code, r.Body)
	}
	again := `{"hostnames":[{"hostname":"a.example.com"}]}`
	r := w.call("POST", "/api/AddCertificateFunctions_HttpStart", again)
	if r.Code != http.StatusConflict || r.member("code") != durable.CodeInstanceDamaged || !strings.Contains(r.member("fix"), "/api/instances/"+w.id["a"]+"/terminate") {
		w.Errorf("a new request for its hostname: %d %s", r.Code, r.Body)
	}
	many := w.call("POST", "/api/AddMultipleCertificatesFunctions_HttpStart", `{"hostnames":[{"hostname":"a.example.com"},{"hostname":"g.example.com"}]}`)
	w.drain()
	if end := w.call(http.MethodGet, many.Header().Get("Location"), ""); end.member("runtimeStatus") != string(durable.Failed) || !strings.Contains(end.Body.String(), durable.CodeInstanceDamaged) {
		w.Errorf("a request for two, one of them damaged: %s", end.Body)
	}
	if n := strings.Count(w.log.String(), `"msg":"a stored row cannot be read","kind":"instance","id":"`+w.id["a"]); n != 1 {
		w.Errorf("the log tells of it %d times within the hour, want once", n)
	}
	if r := w.call("POST", "/api/instances/"+w.id["a"]+"/terminate", ""); r.Code != http.StatusAccepted {
		w.Fatalf("terminate: %d %s", r.Code, r.Body)
	}
	if r := w.call("POST", "/api/AddCertificateFunctions_HttpStart", again); r.Code != http.StatusAccepted {
		w.Errorf("a new request after the termination: %d %s", r.Code, r.Body)
	}
	if r := w.call("DELETE", "/api/instances/"+w.id["a"], ""); r.Code != http.StatusOK {
		w.Errorf("delete: %d %s", r.Code, r.Body)
	}
	if r := w.call(http.MethodGet, "/api/instances/"+w.id["a"], ""); r.Code != http.StatusNotFound {
		w.Errorf("after the deletion: %d", r.Code)
	}
}

func parentEndsWithout(w *damageWorld) {
	w.Helper()
	r := w.call(http.MethodGet, "/api/instances/"+w.id["parent"], "")
	if r.member("runtimeStatus") != string(durable.Failed) || !strings.Contains(r.Body.String(), "c.example.com ("+durable.CodeInstanceDamaged+")") {
		w.Errorf("the parent of a damaged child: %s", r.Body)
	}
	w.clock.Advance(time.Hour)
	if r := w.host("/Rescue", `{"Data":{"timer":{}},"Metadata":{}}`); r.Code != http.StatusOK {
		w.Errorf("rescue: %d", r.Code)
	}
	if r := w.call("POST", "/api/AddCertificateFunctions_HttpStart", `{"hostnames":[{"hostname":"c.example.com"}]}`); r.Code != http.StatusAccepted {
		w.Errorf("an hour later the hostname is not free: %d %s", r.Code, r.Body)
	}
}

func recordIsRebuilt(w *damageWorld) {
	w.Helper() // by the run over all certificates, which a timer started above
	r := w.call(http.MethodGet, "/api/certificates/e-example-com", "")
	if state := r.member("state"); r.Code != http.StatusOK || state == string(managed.StandingDamaged) || r.member("thumbprint") == "" {
		w.Errorf("the record was not rebuilt from the vault: %d %s", r.Code, r.Body)
	}
}

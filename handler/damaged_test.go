package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/alert"
	"certgate/internal/azurestore"
	"certgate/internal/cagate"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
	"certgate/internal/issuance/watch"
	"certgate/internal/issuers"
	"certgate/internal/memstore"
	"certgate/internal/metrics"
	"certgate/internal/preflight"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
	"certgate/internal/statuscache"
	"certgate/localstack/azurite/azuritetest"
)

// damageWorld is the whole program on a table of the storage emulator; what it asks of
// the world answers from memory. Instances: a and b are under way, parent has the
// children c and d, e has ended and left a certificate, and so has f.
type damageWorld struct {
	*testing.T
	clock   *durabletest.Clock
	store   *azurestore.Store
	table   *aztables.Client
	runner  *durable.Runner
	pump    *durabletest.Pump
	handler http.Handler
	log     *lockedLog
	figures *metrics.Metrics
	id      map[string]string
}

// nowhere is a gateway that shows nothing, and a preflight without checks.
type nowhere struct{}

func (nowhere) Name() string { return "gw" }
func (nowhere) Listeners(context.Context) (map[string][]string, error) {
	return map[string][]string{}, nil
}
func (nowhere) ListenersSince(context.Context, time.Time) (map[string][]string, error) {
	return map[string][]string{}, nil
}
func (nowhere) Chain(context.Context, string) ([][]byte, error) { return nil, errors.New("no chain") }
func (nowhere) Run(context.Context, string) preflight.Report {
	return preflight.Report{Checks: []preflight.Finding{}}
}
func (nowhere) Hostnames(_ context.Context, names []string) (r preflight.HostnamesReport) {
	for _, name := range names {
		r.Hostnames = append(r.Hostnames, preflight.HostnameReport{Hostname: name, Checks: []preflight.Finding{}})
	}
	return r
}

type versions struct{ *issuancetest.Vault }

func (v versions) Version(ctx context.Context, name, _ string) (issuance.VaultCertificate, error) {
	return v.Certificate(ctx, name)
}

func newDamageWorld(t *testing.T, emulator azuritetest.Emulator) *damageWorld {
	t.Helper()
	around := issuancetest.NewWorld(t)
	w := &damageWorld{T: t, clock: around.Clock, log: &lockedLog{}, id: map[string]string{}}
	log := newLog(w.log, w.log, slog.LevelInfo)
	config := azurestore.Config{ConnectionString: emulator.ConnectionString, Table: "t" + rand.Text(), Queue: "q" + strings.ToLower(rand.Text()), Now: w.clock.Now}
	service, err := aztables.NewServiceClientFromConnectionString(emulator.ConnectionString, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.table = service.NewClient(config.Table)
	if w.store, err = azurestore.New(config); err != nil {
		t.Fatal(err)
	}
	queue := memstore.NewQueue(w.clock.Now)
	statuses := statuscache.New(w.store, w.clock.Now)
	w.runner = durable.NewRunner(durable.Config{Store: statuses.Engine(w.store), Queue: queue, Clock: w.clock.Now, Random: func() float64 { return .5 }, Log: log})
	ports := around.Ports()
	ports.Records = w.store
	renewals := renewal.New(renewal.Config{Records: w.store, Info: around.CA, Vault: around.Vault, Gateway: around.Gateway, Starter: w.runner, Log: log})
	for _, flow := range []durable.Definition{
		issuance.AddCertificate(ports), issuance.ImportCertificate(ports), batch.AddMultiple(w.runner, w.store), issuance.RenewCertificate(ports), renewal.RenewCertificates(renewals),
		issuance.RetireCertificate(issuance.RetirePorts{Vault: nil, Records: w.store}), issuance.RevokeCertificate(issuance.RevokePorts{Records: w.store}),
		watch.Certificates(watch.Ports{Records: w.store, Vault: around.Vault, Gateway: around.Gateway, Probe: around.Gateway, Alerts: func(context.Context, alert.Alert) error { return nil }, Log: log}),
	} {
		w.runner.Add(flow)
	}
	if w.figures, err = (observing{log: log}).watch(w.runner, w.store, mustQueue(t, config), issuers.New(issuers.Member{Name: "default", Gate: cagate.New(cagate.Config{Documents: w.store, Authority: "ca", Log: log}), Preferred: true})); err != nil {
		t.Fatal(err)
	}
	people := apitest.New(t, api.Config{
		Engine: w.runner, Instances: statuses, Checks: []api.Check{{Name: "tableStorage", Vital: true, Run: w.store.Check}},
		SignIn: principal.New(principal.Config{ClientPrincipal: true}), Preflight: nowhere{}, Metrics: w.figures, Log: log,
		Certificates: api.Certificates{Records: w.store, Vault: versions{around.Vault}, Gateway: nowhere{}, Clock: w.clock.Now},
	})
	w.handler = routes(people, triggers{runner: w.runner, archive: w.store, keepHistory: 24 * time.Hour, renewals: renewals, figures: w.figures,
		tell: func(ctx context.Context) { logFigures(ctx, log, w.figures, w.clock.Now()) }, telling: &seldom{every: figuresEvery}, poisonLook: &seldom{every: poisonLookEvery}, log: log})
	w.pump = &durabletest.Pump{Queue: queue, Clock: w.clock, Poison: w.runner.HandlePoison, RetryAfter: 30 * time.Second,
		Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
			return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1, Count: dequeues})
		}}

	w.id["e"], w.id["f"] = w.start("e"), w.start("f")
	w.drain()
	w.id["a"], w.id["b"] = w.start("a"), w.start("b")
	r := w.call("POST", "/api/AddMultipleCertificatesFunctions_HttpStart", `{"hostnames":[{"hostname":"c.example.com"},{"hostname":"d.example.com"}]}`)
	w.id["parent"] = r.member("id")
	if rec := w.message(w.id["parent"], "StartChildrenStep", 1); rec.Code != http.StatusOK {
		t.Fatalf("the parent's first turn: %d", rec.Code)
	}
	children := w.call("GET", "/api/instances/"+w.id["parent"]+"?showOutput=true", "").Body.String()
	var body struct{ Children []batch.ChildStatus }
	if err := json.Unmarshal([]byte(children), &body); err != nil || len(body.Children) != 2 {
		t.Fatalf("children: %v %s", err, children)
	}
	w.id["c"], w.id["d"] = body.Children[0].InstanceID, body.Children[1].InstanceID
	return w
}

func mustQueue(t *testing.T, c azurestore.Config) *azurestore.Queue {
	t.Helper()
	q, err := azurestore.NewQueue(c)
	if err == nil {
		err = errors.Join(q.Ensure(t.Context()), q.PreparePoison(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	return q
}

type answered struct{ *httptest.ResponseRecorder }

func (a answered) member(name string) string {
	var body map[string]any
	_ = json.Unmarshal(a.Body.Bytes(), &body)
	text, _ := body[name].(string)
	return text
}

var damageAdmin = principaltest.ClientPrincipal("aad", "ann@example.com", principal.Admin)

func (w *damageWorld) call(method, path, body string) answered {
	w.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set(principal.Header, damageAdmin)
	rec := answered{httptest.NewRecorder()}
	w.handler.ServeHTTP(rec, r)
	return rec
}

func (w *damageWorld) host(path, body string) answered {
	w.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	rec := answered{httptest.NewRecorder()}
	w.handler.ServeHTTP(rec, r)
	return rec
}

func (w *damageWorld) message(id, step string, seq int) answered {
	w.Helper()
	return w.host("/RunStep", fmt.Sprintf(`{"Data":{"message":{"instance":%q,"step":%q,"seq":%d}},"Metadata":{"DequeueCount":5}}`, id, step, seq))
}

func (w *damageWorld) start(name string) string {
	w.Helper()
	r := w.call("POST", "/api/AddCertificateFunctions_HttpStart", `{"hostnames":[{"hostname":"`+name+`.example.com"}]}`)
	if r.Code != http.StatusAccepted {
		w.Fatalf("start %s: %d %s", name, r.Code, r.Body)
	}
	return r.member("id")
}

func (w *damageWorld) drain() {
	w.Helper()
	if err := w.pump.Drain(w.Context(), 5000); err != nil {
		w.Fatal(err)
	}
}

// change rewrites the rows whose key holds the text after the prefix.
func (w *damageWorld) change(prefix, text string, edit func(p map[string]any)) {
	w.Helper()
	changed := 0
	for pages := w.table.NewListEntitiesPager(nil); pages.More(); {
		page, err := pages.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, raw := range page.Entities {
			var e aztables.EDMEntity
			if err := e.UnmarshalJSON(raw); err != nil {
				w.Fatal(err)
			}
			holds := strings.Contains(e.RowKey, text) || e.Properties["InstanceId"] == text
			if !strings.HasPrefix(e.RowKey, prefix) || !holds {
				continue
			}
			changed++
			bad := maps.Clone(e.Properties)
			delete(bad, "Timestamp")
			edit(bad)
			raw, err := json.Marshal(aztables.EDMEntity{Entity: aztables.Entity{PartitionKey: e.PartitionKey, RowKey: e.RowKey}, Properties: bad})
			if err == nil {
				_, err = w.table.UpsertEntity(w.Context(), raw, &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
			}
			if err != nil {
				w.Fatal(err)
			}
		}
	}
	if changed == 0 {
		w.Fatalf("no row %s…%s", prefix, text)
	}
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

// harmless asks every route and every timer; none may fail over one row.
func (w *damageWorld) harmless(what string) {
	w.Helper()
	routes, err := api.Routes()
	if err != nil {
		w.Fatal(err)
	}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(w.id)) {
			if !strings.Contains(path, "{") && name != "a" {
				continue
			}
			p := strings.NewReplacer("{id}", w.id[name], "{hostname}", name+".example.com", "{name}", name+"-example-com").Replace(path)
			for _, query := range []string{"", "?showHistory=true&showOutput=true", "?returnInternalServerErrorOnFailure=false"} {
				if query != "" && path != "/api/instances/{id}" {
					continue
				}
				if r := w.call(method, p+query, ""); r.Code >= 500 || r.Code == http.StatusNotFound && !strings.Contains(path, "certificates/") {
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

func (w *damageWorld) completes(what, name string) {
	w.Helper()
	r := w.call(http.MethodGet, "/api/instances/"+w.id[name], "")
	if got := r.member("runtimeStatus"); got != string(durable.Completed) {
		w.Errorf("%s: the instance of %s is %s: %s", what, name, got, r.Body)
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
				w.harmless(what)
				if r := w.message(w.id[firstOf(c.of, w.id)], "GetPublicIPAddressStep", 1); r.Code != http.StatusOK {
					t.Errorf("%s: the message goes round: %d %s", what, r.Code, r.Body)
				}
				w.drain()
				w.clock.Advance(20 * time.Minute)
				w.harmless(what + ", later")
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

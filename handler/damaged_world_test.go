package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/alert"
	"certgate/internal/azurestore"
	"certgate/internal/azurestore/azurestoretest"
	"certgate/internal/cagate"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/gatewayview"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
	"certgate/internal/issuance/survey"
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
	table   *azurestoretest.Table
	runner  *durable.Runner
	pump    *durabletest.Pump
	handler http.Handler
	log     *lockedLog
	figures *metrics.Metrics
	id      map[string]string
}

// nowhere is a gateway that shows nothing, and a preflight without checks.
type nowhere struct{}

func (nowhere) ResourceName(string) string { return "gw" }

func (nowhere) Listeners(context.Context) (map[string][]managed.Place, error) {
	return map[string][]managed.Place{}, nil
}

func (nowhere) ListenersSince(context.Context, time.Time) (map[string][]managed.Place, error) {
	return map[string][]managed.Place{}, nil
}

func (nowhere) Chain(context.Context, string, string) ([][]byte, error) {
	return nil, errors.New("no chain")
}

func (nowhere) Look(context.Context, string, string) (gatewayview.Look, error) {
	return gatewayview.Look{}, errors.New("no look")
}

func (nowhere) Run(context.Context, issuance.Wanted) preflight.Report {
	return preflight.Report{Checks: []preflight.Finding{}}
}

func (nowhere) Hostnames(_ context.Context, wanted []issuance.Wanted) (r preflight.HostnamesReport) {
	for _, name := range wanted {
		r.Hostnames = append(r.Hostnames, preflight.HostnameReport{Hostname: name.Hostname, Checks: []preflight.Finding{}})
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
	w.table = azurestoretest.Open(t, emulator.ConnectionString, config.Table)
	var err error
	if w.store, err = azurestore.New(config); err != nil {
		t.Fatal(err)
	}
	queue := memstore.NewQueue(w.clock.Now)
	statuses := statuscache.New(w.store, w.clock.Now)
	w.runner = durable.NewRunner(durable.Config{Store: statuses.Engine(w.store), Queue: queue, Clock: w.clock.Now, Random: func() float64 { return .5 }, Log: log})
	ports := around.Ports()
	ports.Records = w.store
	renewals := renewal.New(renewal.Config{Records: w.store, Info: around.CA, Issuers: around.Issuers, Vault: around.Vault, Gateway: around.Gateway, Starter: w.runner, Log: log})
	for _, flow := range []durable.Definition{
		issuance.AddCertificate(ports), issuance.ImportCertificate(ports), batch.AddMultiple(w.runner, w.store), issuance.RenewCertificate(ports), renewal.RenewCertificates(renewals),
		issuance.RetireCertificate(issuance.RetirePorts{Vault: nil, Records: w.store}), issuance.RevokeCertificate(issuance.RevokePorts{Records: w.store}),
		survey.Listeners(survey.Ports{Records: w.store, Rows: w.store, Gateway: listenersAlone{}, Alerts: func(context.Context, alert.Alert) error { return nil }, Log: log}),
		watch.Certificates(watch.Ports{Records: w.store, Vault: around.Vault, Gateways: issuance.Gateways{{Name: issuance.DefaultGateway, Gateway: around.Gateway}}, Probe: around.Gateway, Alerts: func(context.Context, alert.Alert) error { return nil }, Log: log}),
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
		Listeners:    api.Listeners{Rows: w.store},
	})
	w.handler = routes(people, triggers{runner: w.runner, archive: w.store, keepHistory: 24 * time.Hour, renewals: renewals, figures: w.figures,
		tell: func(ctx context.Context) { logFigures(ctx, log, w.figures, w.clock.Now()) }, telling: &seldom{every: figuresEvery}, poisonLook: &seldom{every: poisonLookEvery}, log: log})
	w.pump = &durabletest.Pump{Queue: queue, Clock: w.clock, Poison: w.runner.HandlePoison, RetryAfter: 30 * time.Second,
		Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
			return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1, Count: dequeues})
		}}

	there, _ := listenersAlone{}.Inventory(t.Context())
	var rows []*inventory.Stored
	for _, f := range there.Found {
		rows = append(rows, inventory.NewRow(f, true, ""))
		rows[len(rows)-1].Judge(w.clock.Now())
	}
	if err := w.store.SaveRows(t.Context(), rows, nil); err != nil {
		t.Fatal(err)
	}
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

// listenersAlone is a gateway with a listener for each instance, and no certificates.
type listenersAlone struct{}

func (listenersAlone) Inventory(context.Context) (out inventory.Gateway, err error) {
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "parent"} {
		out.Found = append(out.Found, inventory.Found{Kind: inventory.KindListener, Name: name + "-example-com", Collection: "httpListeners"})
	}
	return out, nil
}

func (listenersAlone) PublicAddress(context.Context, string) (netip.Addr, error) {
	return netip.Addr{}, nil
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
	for _, e := range w.table.Rows(func(e aztables.EDMEntity) bool {
		return strings.HasPrefix(e.RowKey, prefix) && (strings.Contains(e.RowKey, text) || e.Properties["InstanceId"] == text)
	}) {
		changed++
		edit(e.Properties)
		w.table.Put(e)
	}
	if changed == 0 {
		w.Fatalf("no row %s…%s", prefix, text)
	}
}

func (w *damageWorld) completes(what, name string) {
	w.Helper()
	r := w.call(http.MethodGet, "/api/instances/"+w.id[name], "")
	if got := r.member("runtimeStatus"); got != string(durable.Completed) {
		w.Errorf("%s: the instance of %s is %s: %s", what, name, got, r.Body)
	}
}

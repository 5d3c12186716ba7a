package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/gatewayview"
	"certgate/internal/inventory"
	"certgate/internal/inventory/inventorytest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/issuance/takeover"
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
	targets []delivery.Shown
	rows    *inventorytest.Rows
	looked  inventory.Served // what a look at a listener sees
}

func newWorld(t *testing.T, checks ...api.Check) *world {
	t.Helper()
	return newWorldAt(t, api.Addresses{}, checks...)
}

func newWorldAt(t *testing.T, addresses api.Addresses, checks ...api.Check) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{t: t, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now), clock: clock, records: managedtest.NewRecords(), rows: &inventorytest.Rows{}, gateway: &shownGateway{}}
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: w.queue, Clock: clock.Now, Flows: []durable.Definition{issuance.AddCertificate(issuance.Ports{Gateways: issuance.Gateways{{Name: issuance.DefaultGateway}}})}})
	w.runner.Add(batch.AddMultiple(w.runner, w.store))
	w.runner.Add(batch.TakeOver(w.runner, w.store))
	w.runner.Add(takeover.GiveBack(w.planner()))
	w.runner.Add(takeover.Unpin(w.planner()))
	w.server = httptest.NewServer(apitest.New(t, api.Config{Validation: api.Validation{Accounts: []string{"azure"}}, Preflight: echo{}, Issuers: shownIssuers{}, Gateways: shownGateways{}, Zones: shownZones{}, Engine: w.runner, Instances: w.store, Checks: checks, Addresses: addresses, SignIn: principal.New(principal.Config{ClientPrincipal: true}), Certificates: w.certificates(), Listeners: api.Listeners{Rows: w.rows, Planner: w.planner(), Look: w.lookAt}, Version: "v1.2.3", Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(w.server.Close)
	return w
}

// shownGateways are the default one and "eu".
type shownGateways struct{}

func (shownGateways) Names() []string { return []string{issuance.DefaultGateway, "eu"} }

func (shownGateways) Standings(context.Context) []gatewayview.Standing {
	return []gatewayview.Standing{{Name: issuance.DefaultGateway}, {Name: "eu", Trouble: "Nobody may read it."}}
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

// wantNothingStored: a refused request leaves no instance and no message.
func (w *world) wantNothingStored() {
	w.t.Helper()
	if w.queue.Len() != 0 {
		w.t.Errorf("%d messages were sent", w.queue.Len())
	}
	if list, _, err := w.store.List(w.t.Context(), durable.Filter{}); err != nil || len(list) != 0 {
		w.t.Errorf("%d instances were stored (%v)", len(list), err)
	}
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
	// The default client loses its connections when another test closes its server.
	resp, err := w.server.Client().Do(req)
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

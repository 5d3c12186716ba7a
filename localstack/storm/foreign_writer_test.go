package storm

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/localstack/armsim"
	"certgate/localstack/waittest"
)

const (
	testSubscription = "11111111-2222-3333-4444-555555555555"
	testGroup        = "rg"
)

// gateway is a gateway at the simulator, and the other tool that writes it.
func gateway(t *testing.T, updates time.Duration) (*armsim.Server, *foreignWriter) {
	t.Helper()
	arm := armsim.New(armsim.Options{Subscription: testSubscription, UpdateTakes: updates})
	t.Cleanup(arm.Close)
	ip := arm.AddPublicIP(armsim.PublicIP{ResourceGroup: testGroup, Name: "ip", Address: "192.0.2.1"})
	document, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: testSubscription, ResourceGroup: testGroup, Name: "gateway", PublicIPID: ip, AppHost: "app", BlobHost: "blob"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := arm.AddGateway(testGroup, "gateway", document)
	if err != nil {
		t.Fatal(err)
	}
	f := &foreignWriter{
		send: handlerTransport{arm}.RoundTrip, url: "https://management.azure.com" + id + "?api-version=2025-03-01",
		token: func() string { return "" }, added: additions{tags: object{}, children: map[string][]object{}},
	}
	return arm, f
}

// present is the gateway now.
func present(t *testing.T, f *foreignWriter) object {
	t.Helper()
	doc, _, err := f.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// writeOurs is what the handler does: it adds a pool under a name of certgate's.
func writeOurs(t *testing.T, f *foreignWriter) (before object) {
	t.Helper()
	doc, etag, err := f.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before, err = decode(mustMarshal(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	list, _ := properties(doc)["backendAddressPools"].([]any)
	properties(doc)["backendAddressPools"] = append(list, object{"name": oursName, "properties": object{}})
	if _, err := f.put(t.Context(), doc, etag); err != nil {
		t.Fatal(err)
	}
	return before
}

// settle waits until no update runs: its end makes another version.
func settle(t *testing.T, f *foreignWriter) {
	t.Helper()
	waittest.Until(t, waittest.Patience, "the update ends", func() bool { return properties(present(t, f))["provisioningState"] == "Succeeded" })
}

const oursName = "shop-example-test"

var oursHosts = []string{"shop.example.test"}

func has(doc object, name string) bool {
	list, _ := properties(doc)["backendAddressPools"].([]any)
	for _, entry := range list {
		if o, _ := entry.(object); o["name"] == name {
			return true
		}
	}
	return false
}

func TestAStaleWriteUndoesAnUpdateThatRunsAndKeepsItsOwn(t *testing.T) {
	t.Parallel()
	_, f := gateway(t, time.Hour)
	first := writeOurs(t, f)
	if err := f.addToPresent(t.Context(), first); err != nil { // its own addition is not in what it had read before
		t.Fatal(err)
	}
	if err := f.undo(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	doc := present(t, f)
	if has(doc, oursName) {
		t.Error("the update was not undone")
	}
	for n := range 2 {
		if !has(doc, "pool-storm-"+string(rune('0'+n))) {
			t.Errorf("addition %d of the tool's own is gone", n)
		}
	}
}

func TestAFreshWriteThatWaitsComesOnlyWhenTheUpdateRuns(t *testing.T) {
	t.Parallel()
	_, f := gateway(t, time.Hour)
	f.waits = true
	if err := f.addToPresent(t.Context(), present(t, f)); !errors.Is(err, errTooLate) {
		t.Errorf("before any update: %v", err)
	}
	if err := f.addToPresent(t.Context(), writeOurs(t, f)); err != nil {
		t.Fatal(err)
	}
	if doc := present(t, f); !has(doc, oursName) || !has(doc, "pool-storm-0") || has(doc, "pool-storm-1") {
		t.Error("the gateway has not both writes once")
	}
}

func TestAStaleWriteComesNeverAfterTheUpdate(t *testing.T) {
	t.Parallel()
	_, f := gateway(t, 0)
	before := writeOurs(t, f)
	settle(t, f)
	if err := f.undo(context.Background(), before); err == nil {
		t.Error("an update that was over has been undone: certgate could not know")
	}
	if !has(present(t, f), oursName) {
		t.Error("the entry is gone")
	}
}

func TestOnlyWhatIsNotOursCountsAsForeign(t *testing.T) {
	t.Parallel()
	_, f := gateway(t, 0)
	doc := present(t, f)
	plant(doc)
	planted, err := f.put(t.Context(), doc, "")
	if err != nil {
		t.Fatal(err)
	}
	settle(t, f)
	writeOurs(t, f)
	settle(t, f)
	if err := f.addToPresent(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	f.added.addTo(planted)
	want, have := foreign(planted, oursHosts), foreign(present(t, f), oursHosts)
	if paths := differences("", want, have); len(paths) > 0 {
		t.Fatalf("differences although nothing was touched: %q", paths)
	}
	for _, c := range []struct {
		breaks func(doc object)
		path   string
	}{
		{func(d object) { delete(d, "x-storm") }, "/x-storm"},
		{func(d object) { properties(d)["futureFeature"].(object)["number"] = 13 }, "/properties/futureFeature/number"},
		{func(d object) {
			list := properties(d)["frontendPorts"].([]any)
			delete(properties(list[0].(object)), "futureMember")
		}, "/properties/frontendPorts/port-http/properties/futureMember"},
		{func(d object) { properties(d)["redirectConfigurations"] = []any{} }, "/properties/redirectConfigurations"},
		{func(d object) { d["tags"].(object)["tag-storm-0"] = "changed" }, "/tags/tag-storm-0"},
	} {
		damaged := present(t, f)
		c.breaks(damaged)
		if paths := differences("", want, foreign(damaged, oursHosts)); len(paths) != 1 || !strings.HasPrefix(paths[0], c.path) {
			t.Errorf("found %q, want %s", paths, c.path)
		}
	}
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

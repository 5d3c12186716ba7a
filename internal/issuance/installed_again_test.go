package issuance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
)

const again = "shop.example.com"

// asked is an instance of a request for the hostname, after it has ended.
func asked(t *testing.T, w *issuancetest.World, want durable.RuntimeStatus) *durable.Instance {
	t.Helper()
	id := w.Add(again)
	w.Drain()
	inst := w.Instance(id)
	if inst.Status != want {
		t.Fatalf("ended %s: %+v", inst.Status, inst.Custom)
	}
	return inst
}

func TestAskingAgainInstallsWhatTheVaultHasAndOrdersNothing(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	first := asked(t, w, durable.Completed)
	changes := w.Gateway.Changes
	w.Clock.Advance(20 * aDay)
	second := asked(t, w, durable.Completed)
	if len(w.CA.Requests) != 1 || w.Gateway.Changes != changes || string(first.Output) != string(second.Output) {
		t.Errorf("%d orders, %d changes of the gateway, outputs %s and %s", len(w.CA.Requests), w.Gateway.Changes-changes, first.Output, second.Output)
	}
	if r := w.Record("shop-example-com"); r.Served != managed.ServedCurrent || r.Directory != w.CA.From.Directory || r.LastInstance != second.ID {
		t.Errorf("the record is %+v", r)
	}
	w.Gateway.Remove(again)
	asked(t, w, durable.Completed)
	if len(w.CA.Requests) != 1 || w.Served(again) == nil {
		t.Errorf("without its listener: %d orders", len(w.CA.Requests))
	}
}

func TestAskingAgainOrdersWhereTheOneInTheVaultWillNotDo(t *testing.T) {
	t.Parallel()
	change := func(edit func(*managed.Record)) func(*issuancetest.World) {
		return func(w *issuancetest.World) {
			r := w.Record("shop-example-com")
			edit(r)
			if err := w.Records.SaveRecord(w.Context(), r); err != nil {
				w.Fatal(err)
			}
		}
	}
	for name, breaks := range map[string]func(*issuancetest.World){
		"another authority is configured": func(w *issuancetest.World) { w.CA.From.Directory = "https://other.example/directory" },
		"another profile is configured":   func(w *issuancetest.World) { w.CA.From.Profile = "shortlived" },
		"another kind of key":             func(w *issuancetest.World) { w.Vault.Keys = "RSA-2048" },
		"it is due":                       func(w *issuancetest.World) { w.Clock.Advance(70 * aDay) },
		"it is expired":                   func(w *issuancetest.World) { w.Clock.Advance(100 * aDay) },
		"it is revoked":                   change(func(r *managed.Record) { r.Revoked = true }),
		"it is retired":                   change(func(r *managed.Record) { r.Retired = true }),
		"its record is of another version": change(func(r *managed.Record) {
			r.Version = "v0"
		}),
		"its record is lost": func(w *issuancetest.World) {
			if err := w.Records.DeleteRecord(w.Context(), "shop-example-com"); err != nil {
				w.Fatal(err)
			}
		},
		"it was imported": func(w *issuancetest.World) {
			w.Vault.Put("shop-example-com", again, w.CA, map[string]string{"Hostname": again, "ManagedBy": "certgate", "Imported": "true", "AcmeDirectory": w.CA.From.Directory, "AcmeProfile": ""})
		},
		"where it is from is not known": func(w *issuancetest.World) {
			w.Vault.Put("shop-example-com", again, w.CA, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			asked(t, w, durable.Completed)
			breaks(w)
			asked(t, w, durable.Completed)
			if n := len(w.CA.Requests); n != 2 {
				t.Errorf("%d orders, want another one", n)
			}
		})
	}
}

func TestACertificateOfSeveralHostnamesIsInstalledAgainForExactlyThese(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	for _, c := range []struct {
		names  []string
		orders int
	}{
		{[]string{again, "b.example.com"}, 1},
		{[]string{again, "b.example.com"}, 1},
		{[]string{again, "b.example.com", "c.example.com"}, 2},
		{[]string{again, "b.example.com"}, 3},
		{[]string{again}, 4},
	} {
		id := w.AddAll(wanted(c.names...)...)
		w.Drain()
		if inst := w.Instance(id); inst.Status != durable.Completed || len(w.CA.Requests) != c.orders {
			t.Fatalf("%v: %s %+v after %d orders, want %d", c.names, inst.Status, inst.Custom, len(w.CA.Requests), c.orders)
		}
		if r := w.Record("shop-example-com"); !slices.Equal(r.Hostnames, c.names) {
			t.Errorf("%v: the record has %v", c.names, r.Hostnames)
		}
	}
}

func TestRenewalOrdersWhateverTheVaultHas(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	asked(t, w, durable.Completed)
	start, err := issuance.Renewal(w.Record("shop-example-com"), "Asked for.", "somebody")
	if err != nil {
		t.Fatal(err)
	}
	w.Start(start)
	w.Drain()
	if n := len(w.CA.Requests); n != 2 {
		t.Errorf("%d orders, want 2", n)
	}
}

// What was issued counts against the authority's limits, so it is not lost when the
// gateway does not take it: it stands in the list, and the next request installs it.
func TestWhatIsIssuedAndNotInstalledIsRememberedAndInstalledByTheNextRequest(t *testing.T) {
	t.Parallel()
	refused := func(w *issuancetest.World) {
		w.Gateway.Refuse = func(issuance.Listener) error {
			return &durable.Failure{Code: issuance.CodeGatewayAccessDenied, Message: "The gateway cannot be changed."}
		}
	}
	for name, c := range map[string]struct {
		breaks func(*issuancetest.World)
		says   string
	}{
		"at the gateway": {refused, "The gateway cannot be changed."},
		"at the look":    {func(w *issuancetest.World) { w.Gateway.Blind = true }, "does not serve"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			c.breaks(w)
			inst := asked(t, w, durable.Failed)
			r := w.Record("shop-example-com")
			standing, reason := managed.StandingOf(r, w.Clock.Now())
			if standing != managed.StandingNotInstalled || !strings.Contains(reason, c.says) || !strings.Contains(reason, "ask for "+again+" again") || r.LastInstance != inst.ID || r.Problem.Code != inst.Custom.Error {
				t.Errorf("%s: %s; the record is %+v", standing, reason, r)
			}
			asked(t, w, durable.Failed)
			if again := w.Record("shop-example-com"); again.Version != r.Version || len(w.CA.Requests) != 1 {
				t.Errorf("a second try made version %s with %d orders", again.Version, len(w.CA.Requests))
			}
			w.Gateway.Refuse, w.Gateway.Blind = nil, false
			w.Clock.Advance(5 * time.Hour)
			asked(t, w, durable.Completed)
			if standing, reason := managed.StandingOf(w.Record("shop-example-com"), w.Clock.Now()); standing != managed.StandingOK || len(w.CA.Requests) != 1 {
				t.Errorf("in the end it is %s (%s) after %d orders", standing, reason, len(w.CA.Requests))
			}
		})
	}
}

func TestWhatWasTerminatedAfterItsIssueIsRemembered(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	w.Gateway.Refuse = func(issuance.Listener) error { return &durable.Transient{Public: "Resource Manager is away."} }
	id := w.Add(again)
	w.RunTo(w.Clock.Now().Add(time.Minute))
	if err := w.Runner.Terminate(w.Context(), id, "test"); err != nil {
		t.Fatal(err)
	}
	w.Drain()
	if standing, reason := managed.StandingOf(w.Record("shop-example-com"), w.Clock.Now()); standing != managed.StandingNotInstalled || !strings.Contains(reason, "terminated") {
		t.Errorf("%s: %s", standing, reason)
	}
}

// A gateway that cannot be read says nothing of what is on it.
func TestWhatIsInstalledStaysSoThoughAskingAgainFails(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	asked(t, w, durable.Completed)
	w.Gateway.Full = func(issuance.Listener) error {
		return &durable.Failure{Code: issuance.CodeGatewayStopped, Message: "The gateway is stopped."}
	}
	asked(t, w, durable.Failed)
	if standing, reason := managed.StandingOf(w.Record("shop-example-com"), w.Clock.Now()); standing != managed.StandingOK {
		t.Errorf("%s: %s", standing, reason)
	}
}

package watch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/alert"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/watch"
)

// targets are what a certificate goes to, and what is wrong there.
type targets struct {
	wrong   map[string]string
	looks   int
	started []string
	away    error
}

func (f *targets) Look(context.Context, *managed.Record) map[string]string {
	f.looks++
	return f.wrong
}

func (f *targets) Deliver(_ context.Context, _ *managed.Record, target string, _ time.Time) error {
	if f.away == nil {
		f.started = append(f.started, target)
	}
	return f.away
}

func targetWorld(t *testing.T) (*watchWorld, *targets) {
	t.Helper()
	w, f := newWatchWorld(t), &targets{wrong: map[string]string{"edge": "", "mail": ""}}
	w.runner.Add(watch.Certificates(watch.Ports{Records: w.records, Vault: w, Gateways: issuance.Gateways{{Name: issuance.DefaultGateway, Gateway: w}}, Probe: w, Alerts: w.alert, Targets: f}))
	w.manages(watched)
	return w, f
}

func TestWhatATargetDoesNotServeIsDeliveredAndTheWatchdogTellsOnlyOfItsEnd(t *testing.T) {
	t.Parallel()
	w, f := targetWorld(t)
	w.wants(24)
	if f.looks == 0 || len(f.started) > 0 {
		t.Fatalf("%d looks, deliveries %q", f.looks, f.started)
	}
	f.wrong["mail"] = "mail serves another certificate."
	w.wants(6)
	if len(f.started) == 0 || slices.Contains(f.started, "edge") {
		t.Fatalf("deliveries %q, want some to mail", f.started)
	}
	// The delivery has failed, and told people.
	_ = managed.Change(t.Context(), w.records, "shop-example-com", func(r *managed.Record) bool {
		r.Undelivered = []string{"edge", "gone", "mail"}
		return true
	})
	f.started, f.looks = nil, 0
	f.wrong["edge"] = "edge serves nothing."
	w.wants(2)
	if f.looks != 2 || len(f.started) > 0 {
		t.Errorf("%d looks, want one an hour; deliveries %q, want none", f.looks, f.started)
	}
	if late := w.record(watched).Undelivered; !slices.Equal(late, []string{"edge", "mail"}) {
		t.Errorf("undelivered %q: a target that is not in the settings any more is nobody's worry", late)
	}
	f.wrong["edge"], f.wrong["mail"] = "", ""
	w.deaf = 1
	w.wants(1, "recovered shop.example.com")
	if last := w.alerts[len(w.alerts)-1]; last.Kind != alert.Recovered || !strings.Contains(last.Message, "edge, mail") {
		t.Errorf("told %+v", last)
	}
	if late := w.record(watched).Undelivered; len(late) > 0 {
		t.Errorf("undelivered %q", late)
	}
	w.wants(24)
}

func TestTargetsAreLookedAtWithoutTheGatewaysAddress(t *testing.T) {
	t.Parallel()
	w, f := targetWorld(t)
	w.noAddress = errors.New("ARM is away")
	f.wrong["mail"] = "mail serves nothing."
	w.walk(6)
	if len(f.started) == 0 {
		t.Error("no delivery was started")
	}
	if r := w.record(watched); r.Served != managed.ServedCurrent {
		t.Errorf("the gateway, which was not looked at, is noted as %s", r.Served)
	}
}

func TestADeliveryThatCannotBeStartedSpoilsNoWalk(t *testing.T) {
	t.Parallel()
	w, f := targetWorld(t)
	f.wrong["mail"], f.away = "mail serves nothing.", &durable.Transient{Public: "storage is away"}
	w.walk(6)
}

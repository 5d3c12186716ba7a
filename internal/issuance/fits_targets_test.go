package issuance_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
)

// edge is a target that says what a test wants.
type edge struct {
	problem, note string
	asked         []issuance.Offer
}

func (e *edge) Fits(_ []string, o issuance.Offer) (problem, note string) {
	e.asked = append(e.asked, o)
	return e.problem, e.note
}

func withTargets(t *testing.T, e *edge) *issuancetest.World {
	t.Helper()
	w := issuancetest.NewWorld(t)
	w.Targets = e
	w.Runner.Add(issuance.AddCertificate(w.Ports()))
	w.Runner.Add(issuance.RenewCertificate(w.Ports()))
	return w
}

func TestNoOrderIsPlacedForWhatATargetCannotServe(t *testing.T) {
	t.Parallel()
	e := &edge{problem: "Front Door takes no such key."}
	w := withTargets(t, e)
	id := w.Add("shop.example.com")
	w.Drain()
	inst := w.Instance(id)
	if inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeTargetDoesNotFit || !strings.Contains(inst.Custom.Message, e.problem) {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
	if n := len(w.CA.Requests); n != 0 {
		t.Errorf("%d orders were placed", n)
	}
}

// A renewal goes on, and so does what is only not known: with a warning.
func TestWhatATargetSaysOfARenewalIsAWarning(t *testing.T) {
	t.Parallel()
	e := &edge{note: "Whether it is taken is not known."}
	w := withTargets(t, e)
	id := w.Add("shop.example.com")
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed || !strings.Contains(string(inst.Output), e.note) {
		t.Fatalf("%s %+v %s", inst.Status, inst.Custom, inst.Output)
	}
	if o := e.asked[0]; o.KeyType == "" || o.Source.Directory == "" || o.Lifetime != 0 {
		t.Errorf("asked about %+v", o)
	}
	r, err := w.Records.Record(t.Context(), "shop-example-com")
	if err != nil {
		t.Fatal(err)
	}
	e.problem = "Front Door takes no such key."
	w.RunTo(w.Clock.Now().Add(24 * time.Hour))
	start, err := issuance.Renewal(r, "It is time.", "test")
	if err != nil {
		t.Fatal(err)
	}
	id = w.Start(start)
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed || !strings.Contains(string(inst.Output), e.problem) {
		t.Errorf("%s %+v %s", inst.Status, inst.Custom, inst.Output)
	}
	if o := e.asked[len(e.asked)-1]; o.Lifetime < 24*time.Hour {
		t.Errorf("asked about %+v, want the lifetime of the version before", o)
	}
}

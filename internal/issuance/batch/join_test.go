package batch_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
)

// working starts an instance of another flow that works on the hostname for an hour.
func (w *batchWorld) working(flow, hostname string) (id string) {
	w.t.Helper()
	type state = struct{}
	w.runner.Add(durable.Flow[state]{
		Name: flow,
		Steps: []durable.Step[state]{{Name: "WorkStep", Run: func(_ context.Context, t durable.Turn, _ *state) (durable.Outcome, error) {
			if left := t.Since.Add(time.Hour).Sub(t.Now); left > 0 {
				return durable.Wait(left, ""), nil
			}
			return durable.Done(), nil
		}}},
		Begin: func(json.RawMessage) (state, error) { return state{}, nil }, Finished: "Done.",
	}.Define())
	id, _, err := w.runner.Start(w.t.Context(), durable.Start{Flow: flow, Claim: issuance.Claim(hostname), Input: json.RawMessage(`{}`)})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func TestAChildWaitsForOtherWorkOnItsHostnameAndIsIssuedThen(t *testing.T) {
	t.Parallel()
	for _, flow := range []string{issuance.FlowRetireCertificate, issuance.FlowRevokeCertificate} {
		w := newBatchWorld(t)
		other := w.working(flow, "shop.example.com")
		id := w.start("www.example.com", "shop.example.com")
		w.until("a look", func() bool { return strings.Contains(w.load(id).Custom.Message, "waiting") })
		children, err := batch.ReadChildren(t.Context(), w.store, w.load(id))
		if err != nil || children[1].InstanceID != "" || children[1].RuntimeStatus != "Pending" || !strings.Contains(children[1].CustomStatus.Message, "waits") {
			t.Errorf("%s: while it works the child is %+v, %v", flow, children[1], err)
		}
		r := w.result(w.ended(id))
		if r.Completed != 2 {
			t.Errorf("%s: the result is %+v", flow, r)
		}
		own := w.load(r.Children[1].InstanceID)
		if own.ID == other || own.Flow != issuance.FlowAddCertificate || !own.CreatedAt.After(w.load(other).UpdatedAt.Add(-time.Millisecond)) {
			t.Errorf("%s: the child is %s, a %s", flow, own.ID, own.Flow)
		}
	}
}

func TestAChildThatMeetsACleanUpIsStartedAfterIt(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	dying := w.startOne("slow.example.com")
	w.until("its file", func() bool { return w.load(dying).Step == "CheckStep" })
	if err := w.runner.Terminate(t.Context(), dying, "test"); err != nil {
		t.Fatal(err)
	}
	id := w.start("slow.example.com", "www.example.com")
	var child batch.ChildStatus
	w.until("its own child", func() bool {
		list, err := batch.ReadChildren(t.Context(), w.store, w.load(id))
		child = list[0]
		return err == nil && child.InstanceID != ""
	})
	if own := w.load(child.InstanceID); own.ID == dying || own.Parent != id {
		t.Errorf("the child is %+v", child)
	}
}

func TestATerminationReachesAParentWhoseChildrenWait(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	other := w.working(issuance.FlowRetireCertificate, "shop.example.com")
	id := w.start("shop.example.com", "slow.example.com")
	w.until("a look", func() bool { return strings.Contains(w.load(id).Custom.Message, "waiting") })
	if err := w.runner.Terminate(t.Context(), id, "test"); err != nil {
		t.Fatal(err)
	}
	r := w.result(w.ended(id))
	if r.Terminated != 1 || r.Children[0].InstanceID != "" || w.load(other).Ending != nil {
		t.Errorf("the result is %+v", r)
	}
}

// An earlier release joined whatever was at work.
func TestAParentThatHadJoinedARetirementIssuesTheCertificateAfterIt(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	other := w.working(issuance.FlowRetireCertificate, "shop.example.com")
	id := w.start("shop.example.com", "www.example.com")
	w.until("the wait", func() bool { return w.load(id).Step == "AwaitChildrenStep" })
	inst := w.load(id)
	inst.State = json.RawMessage(strings.Replace(string(inst.State), `"h":"shop.example.com","w":true`, `"h":"shop.example.com","i":"`+other+`"`, 1))
	if !strings.Contains(string(inst.State), other) {
		t.Fatalf("the state is %s", inst.State)
	}
	if err := w.store.Store.Commit(t.Context(), inst, durable.Change{}); err != nil {
		t.Fatal(err)
	}
	r := w.result(w.ended(id))
	if r.Completed != 2 || r.Children[0].InstanceID == other || w.load(r.Children[0].InstanceID).Flow != issuance.FlowAddCertificate {
		t.Errorf("the result is %+v", r)
	}
}

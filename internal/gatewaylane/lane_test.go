package gatewaylane_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/sjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

func TestOneHostnameIsInstalledWithOneWriteAndFewStorageCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Polls = 3
	ids := w.want(1)
	w.drain()
	w.wantCompleted(0, ids[0])
	if w.writes() != 1 {
		t.Errorf("%d writes, want 1", w.writes())
	}
	if w.laneID() != "" {
		t.Error("the lane has not ended")
	}
	// The asking instance: start, post, start the lane, end. The lane: lease, mail,
	// turn; three looks; mail, end.
	if w.calls.n > 12 {
		t.Errorf("%d storage calls, want at most 12", w.calls.n)
	}
}

func TestAHundredHostnamesAtOnceCostAtMostThreeWrites(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ twice, loseDeletes bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		t.Run(fmt.Sprintf("twice=%v lost=%v", c.twice, c.loseDeletes), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.pump.Twice, w.pump.LoseDeletes = c.twice, c.loseDeletes
			ids := w.want(100)
			w.drain()
			// The gateway has two certificates of its own and can have a hundred.
			full := 0
			for i, id := range ids {
				if w.load(id).Status == durable.Failed {
					full++
					if text := w.wantFailed(id, issuance.CodeGatewayLimit); !strings.Contains(text, "100") {
						t.Errorf("the failure says %q", text)
					}
					continue
				}
				w.wantCompleted(i, id)
			}
			if full != 2 {
				t.Errorf("%d failed for lack of room, want 2", full)
			}
			if w.writes() > 3 {
				t.Errorf("%d writes, want at most 3", w.writes())
			}
		})
	}
}

func TestRequestsDuringAnUpdateShareTheNextOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Polls = 2
	ids := w.want(1)
	w.until(func() bool { return w.writes() == 1 })
	for i := 1; i < 10; i++ {
		ids = append(ids, w.ask(wish{Listener: listener(i)}))
	}
	w.drain()
	for i, id := range ids {
		w.wantCompleted(i, id)
	}
	if w.writes() != 2 {
		t.Errorf("%d writes, want 2", w.writes())
	}
}

func TestMailThatComesWhileTheLaneEndsIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.want(1)[0]
	w.until(func() bool { return w.writes() == 1 })
	late := durable.Turn{Instance: w.ask(wish{Listener: listener(9)}), Step: "Configure", Seq: 1, Now: w.clock.Now()}
	m, _ := w.queue.Receive(time.Hour)
	for m.Message.Instance != late.Instance {
		t.Fatalf("the next message is %+v", m.Message)
	}
	w.calls.afterInbox = func() {
		if _, _, err := w.lane.Want(t.Context(), late, listener(1)); err != nil {
			t.Error(err)
		}
	}
	w.queue.Delete(m)
	start := w.clock.Now()
	w.drain()
	w.wantCompleted(0, first)
	if !w.doc().Has(listener(1), w.settings) {
		t.Error("the late request was lost")
	}
	if took := w.clock.Now().Sub(start); took > time.Minute {
		t.Errorf("it took %s, want no wait for a lease", took)
	}
}

func TestWhatStandsIsNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(3)
	w.drain()
	w.clock.Advance(time.Hour)
	for i, id := range w.want(3) {
		w.drain()
		w.wantCompleted(i, id)
	}
	if w.writes() != 1 {
		t.Errorf("%d writes, want the first one alone", w.writes())
	}
}

func TestWhatStandsDoesNotFailWithTheWriteOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(1)
	w.drain()
	w.arm.Script(func(s *appgatewaytest.Server) {
		s.BrokenSecrets = []string{"https://other.vault.azure.net/secrets/wild"}
	})
	for range 2 { // on a gateway in order, then on a failed one
		w.clock.Advance(time.Hour)
		ids := w.want(2) // the first stands, the second is new
		w.drain()
		w.wantCompleted(0, ids[0])
		w.wantFailed(ids[1], issuance.CodeGatewayBrokenByOthers)
		w.arm.Foreign(w.with("properties.provisioningState", `"Failed"`))
		w.arm.Foreign(w.without(listener(1)))
	}
}

func TestARefreshIsWrittenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(1)
	w.drain()
	l := listener(0)
	l.Refresh = "version-2"
	for range 2 {
		w.clock.Advance(time.Minute)
		id := w.ask(wish{Listener: l})
		w.drain()
		w.wantCompleted(0, id)
	}
	if w.writes() != 2 {
		t.Errorf("%d writes, want 2", w.writes())
	}
}

func TestAnAnswerToSomethingElseIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	turn := durable.Turn{Instance: durable.NewID("x"), Step: "Configure", Seq: 1, Now: w.clock.Now()}
	ask := func(turn durable.Turn, l issuance.Listener) bool {
		t.Helper()
		done, _, err := w.lane.Want(t.Context(), turn, l)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	if ask(turn, listener(0)) {
		t.Fatal("done before anything was written")
	}
	w.drain()
	woken := turn
	woken.Woken = true
	redelivered := turn
	redelivered.Redelivered = true
	if !ask(woken, listener(0)) || !ask(redelivered, listener(0)) {
		t.Error("the answer was not found")
	}
	if ask(woken, listener(1)) {
		t.Error("the same turn took the answer for another listener")
	}
	woken.Seq++
	if ask(woken, listener(0)) {
		t.Error("a later turn took the answer of an earlier one")
	}
}

func TestOfTwoRequestsThatContradictTheLaterCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := listener(0)
	old.SecretID = "https://v.vault.azure.net/secrets/old"
	first := w.ask(wish{Listener: old})
	w.until(func() bool { return w.laneID() != "" })
	w.clock.Advance(time.Second)
	second := w.ask(wish{Listener: listener(0)})
	third := w.ask(wish{Listener: listener(1)})
	// The lane's message is first in the queue: hold it back until both have asked.
	m, _ := w.queue.Receive(time.Minute)
	w.until(func() bool { return w.queue.Len() == 1 })
	w.queue.Release(m, 0)
	w.drain()
	w.wantFailed(first, issuance.CodeGatewayRefused)
	w.wantCompleted(0, second)
	w.wantCompleted(1, third)
}

func TestRetiringTakesTheListenerOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(3)
	w.drain()
	gone := w.ask(wish{Listener: listener(1), Retire: true})
	w.drain()
	if w.load(gone).Status != durable.Completed || w.doc().HasCertificate(listener(1).Name) {
		t.Error("it is still there")
	}
	if !w.doc().Has(listener(0), w.settings) || !w.doc().Has(listener(2), w.settings) {
		t.Error("another one is gone too")
	}
	used := w.ask(wish{Listener: issuance.Listener{Name: "wild"}, Retire: true})
	w.drain()
	if text := w.wantFailed(used, issuance.CodeGatewayRefused); !strings.Contains(text, "everything") {
		t.Errorf("the failure does not say who uses it: %s", text)
	}
}

// What is retired is disabled in the vault next, so an entry made by hand with the
// same secret keeps it from that, whenever it came.
func TestRetiringIsRefusedWhileAnotherEntryHasTheSecret(t *testing.T) {
	t.Parallel()
	for _, during := range []bool{false, true} {
		w := newWorld(t)
		w.want(1)
		w.drain()
		byHand := fmt.Sprintf(`[{"name":"intranet-2024","properties":{"keyVaultSecretId":%q}}]`, strings.Replace(listener(0).SecretID, "azure.net", "azure.net:443", 1)+"/")
		add := func() {
			raw, err := sjson.SetRawBytes(w.arm.Document(), "properties.sslCertificates.-1", []byte(byHand[1:len(byHand)-1]))
			if err != nil {
				t.Fatal(err)
			}
			w.arm.Foreign(raw)
		}
		if !during {
			add()
		}
		id := w.ask(wish{Listener: listener(0), Retire: true})
		if during {
			w.until(func() bool { return w.writes() == 2 })
			add()
		}
		w.drain()
		if text := w.wantFailed(id, issuance.CodeGatewayRefused); !strings.Contains(text, "intranet-2024") {
			t.Errorf("the failure does not name the entry: %s", text)
		}
		if !during && (w.writes() != 1 || !w.doc().Has(listener(0), w.settings)) {
			t.Error("it was taken off the gateway all the same")
		}
	}
}

func TestWhereAHostnameWasAnsweredBeforeIsSaid(t *testing.T) {
	t.Parallel()
	server := appgatewaytest.Start(t)
	w := newWorldOn(t, server, server.Options(), "gw", gatewaydoc.Settings{BackendPool: "blob"})
	w.pump.Twice = true
	under := issuance.Listener{Name: "a-example-org", Hostname: "a.example.org", SecretID: "https://v.vault.azure.net/secrets/a-example-org"}
	id, alone := w.ask(wish{Listener: under}), w.want(1)[0]
	w.drain()
	if out := string(w.load(id).Output); w.load(id).Status != durable.Completed || strings.Count(out, "everything") == 0 || !strings.Contains(out, "pool web") || !strings.Contains(out, "pool blob") {
		t.Errorf("it is not said that the listener everything led to another pool: %s", out)
	}
	if out := string(w.load(alone).Output); strings.Contains(out, "listener") {
		t.Errorf("a hostname that nobody answered for has remarks: %s", out)
	}
}

func TestALaneThatFailsTellsEverybody(t *testing.T) {
	t.Parallel()
	server := appgatewaytest.Start(t)
	w := newWorldOn(t, server, server.Options(), "another-gateway", gatewaydoc.Settings{})
	ids := w.want(100)
	w.drain()
	for _, id := range ids {
		if text := w.wantFailed(id, issuance.CodeGatewayNotFound); !strings.Contains(text, "another-gateway") {
			t.Errorf("the failure says %q", text)
		}
	}
	if w.laneID() != "" {
		t.Error("the lane has not ended")
	}
}

func TestALaneThatIsTerminatedTellsEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Polls = 1000
	ids := w.want(2)
	w.until(func() bool { return w.writes() == 1 })
	if err := w.runner.Terminate(t.Context(), w.laneID(), "stop"); err != nil {
		t.Fatal(err)
	}
	w.drain()
	for _, id := range ids {
		w.wantFailed(id, issuance.CodeGatewayRefused)
	}
}

// Resource Manager asks for up to 100 seconds between two looks, also for an update
// that is over much sooner.
func TestARunningUpdateIsLookedAtEveryFifteenSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Polls, w.arm.RetryAfter = 4, 100
	id := w.want(1)[0]
	start := w.clock.Now()
	w.drain()
	w.wantCompleted(0, id)
	if took := w.clock.Now().Sub(start); took > 90*time.Second {
		t.Errorf("five looks took %s", took)
	}
}

// The message that sets the lane going is lost: who asked tries again, and does not wait
// for the rescue timer.
func TestALaneWhoseFirstMessageIsNotSentIsSetGoingByWhoAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := 0
	w.queue.Refuse = func(m durable.Message) error {
		if refused == 0 && m.Seq == 1 && m.Step != "Configure" {
			refused++
			return errors.New("the queue does not answer")
		}
		return nil
	}
	begin := w.clock.Now()
	id := w.want(1)[0]
	w.drain()
	if inst := w.load(id); refused != 1 || inst.Status != durable.Completed || w.clock.Now().Sub(begin) > 5*time.Minute {
		t.Errorf("%d messages were refused, the instance is %s after %s; want it completed within minutes", refused, inst.Status, w.clock.Now().Sub(begin))
	}
}

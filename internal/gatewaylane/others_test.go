package gatewaylane_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/issuance"
)

// with is the gateway's document with one member changed.
func (w *world) with(path, value string) []byte {
	w.Helper()
	doc, err := sjson.SetRawBytes(w.arm.Document(), path, []byte(value))
	if err != nil {
		w.Fatal(err)
	}
	return doc
}

// without is the gateway's document without a listener.
func (w *world) without(l issuance.Listener) []byte {
	w.Helper()
	doc := w.doc()
	if _, err := doc.Remove(l.Name, ""); err != nil {
		w.Fatal(err)
	}
	raw, err := doc.Bytes()
	if err != nil {
		w.Fatal(err)
	}
	return raw
}

func TestAForeignWriteInBetweenIsKeptAndTheLanesOwnIsRedone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Polls = 5
	before := w.arm.Document() // what the other tool read
	ids := w.want(5)
	w.until(func() bool { return w.writes() == 1 })
	foreign, err := sjson.SetRawBytes(before, "properties.backendAddressPools.2", []byte(`{"name":"theirs"}`))
	if err != nil {
		t.Fatal(err)
	}
	w.arm.Foreign(foreign) // supersedes, and has nothing of the lane's
	w.drain()
	for i, id := range ids {
		w.wantCompleted(i, id)
	}
	if gjson.GetBytes(w.arm.Document(), "properties.backendAddressPools.2.name").String() != "theirs" {
		t.Error("the other tool's change was undone")
	}
	if w.writes() != 2 {
		t.Errorf("%d writes, want 2", w.writes())
	}
}

func TestWritesThatMeetOthersAreRedone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Statuses = []int{412, 429, 409, 0}
	ids := w.want(2)
	w.drain()
	w.wantCompleted(0, ids[0])
	w.wantCompleted(1, ids[1])
	if w.writes() != 4 {
		t.Errorf("%d writes, want 4", w.writes())
	}
}

func TestEndlessCollisionsFailInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 100 {
		w.arm.Statuses = append(w.arm.Statuses, 429)
	}
	ids := w.want(1)
	w.drain()
	if text := w.wantFailed(ids[0], issuance.CodeGatewayRefused); !strings.Contains(text, "same time") {
		t.Errorf("the failure says %q", text)
	}
	if w.writes() > 25 {
		t.Errorf("%d writes", w.writes())
	}
}

func TestAProblemOfTheServiceIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Statuses = []int{500, 503}
	ids := w.want(1)
	w.drain()
	w.wantCompleted(0, ids[0])
}

func TestAChangeThatIsUndoneIsRedone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		times int
		done  bool
	}{{2, true}, {50, false}} {
		w := newWorld(t)
		w.arm.Undo = c.times
		ids := w.want(2)
		w.drain()
		if !c.done {
			if text := w.wantFailed(ids[0], issuance.CodeGatewayRefused); !strings.Contains(text, "removes the listener") {
				t.Errorf("the failure says %q", text)
			}
			continue
		}
		w.wantCompleted(0, ids[0])
		w.wantCompleted(1, ids[1])
		if w.writes() != c.times+1 {
			t.Errorf("%d writes, want %d", w.writes(), c.times+1)
		}
	}
}

func TestAnUpdateOfOthersIsNotCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Foreign(w.with("properties.provisioningState", `"Updating"`))
	ids := w.want(1)
	start := w.clock.Now()
	w.until(func() bool { return w.clock.Now().Sub(start) > time.Minute })
	if w.writes() != 0 {
		t.Fatal("it wrote while another update was running")
	}
	w.arm.Foreign(w.with("properties.provisioningState", `"Succeeded"`))
	w.drain()
	w.wantCompleted(0, ids[0])
}

func TestAStoppedGatewayIsNotStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Foreign(w.with("properties.operationalState", `"Stopped"`))
	ids := w.want(2)
	w.drain()
	w.wantFailed(ids[0], issuance.CodeGatewayStopped)
	w.wantFailed(ids[1], issuance.CodeGatewayStopped)
	if w.writes() != 0 {
		t.Error("it was written, which starts it")
	}
}

func TestAFailedGatewayIsWrittenOnceWithoutBlame(t *testing.T) {
	t.Parallel()
	for _, broken := range [][]string{nil, {"https://other.vault.azure.net/secrets/wild"}} {
		w := newWorld(t)
		w.want(1)
		w.drain()
		w.arm.Script(func(s *appgatewaytest.Server) { s.BrokenSecrets = broken })
		w.arm.Foreign(w.with("properties.provisioningState", `"Failed"`))
		id := w.ask(wish{Listener: listener(0)}) // a renewal: everything stands
		w.drain()
		w.wantCompleted(0, id)
		if w.writes() != 2 {
			t.Errorf("%d writes, want one more than the first", w.writes())
		}
		if state := w.doc().Condition(); (state == "Succeeded") != (broken == nil) {
			t.Errorf("the gateway is %s", state)
		}
	}
}

func TestWhatOnlySeemsToStandOnAFailedGatewayIsNotDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(1)
	w.drain()
	w.clock.Advance(time.Hour)
	w.arm.Script(func(s *appgatewaytest.Server) { s.BrokenSecrets = []string{listener(0).SecretID} })
	w.arm.Foreign(w.with("properties.provisioningState", `"Failed"`))
	ids := w.want(2)
	w.drain()
	w.wantFailed(ids[0], issuance.CodeGatewayRefused)
	if text := w.wantFailed(ids[1], issuance.CodeGatewayBrokenByOthers); !strings.Contains(text, listener(0).Name) {
		t.Errorf("the failure does not name the certificate: %q", text)
	}
}

func TestTheEntryThatTheGatewayRefusesFailsAlone(t *testing.T) {
	t.Parallel()
	for _, atOnce := range []bool{true, false} {
		w := newWorld(t)
		w.arm.RefusedHosts, w.arm.AtOnce = []string{listener(6).Hostname}, atOnce
		ids := w.want(10)
		w.drain()
		for i, id := range ids {
			if i != 6 {
				w.wantCompleted(i, id)
			} else if text := w.wantFailed(id, issuance.CodeGatewayRefused); !strings.Contains(text, "not allowed") || !strings.Contains(text, listener(6).Hostname) {
				t.Errorf("the failure says %q", text)
			}
		}
		if w.doc().HasCertificate(listener(6).Name) {
			t.Error("the refused entry is still on the gateway")
		}
		if state := w.doc().Condition(); state != "Succeeded" {
			t.Errorf("the gateway is left %s", state)
		}
		if w.writes() > 10 { // all, then two for each halving, then taking it out
			t.Errorf("%d writes for 10 entries", w.writes())
		}
	}
}

func TestTheOnlyEntryIsTakenOutAgainWhenItIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.RefusedHosts = []string{listener(0).Hostname}
	ids := w.want(1)
	w.drain()
	w.wantFailed(ids[0], issuance.CodeGatewayRefused)
	if w.doc().HasCertificate(listener(0).Name) || w.doc().Condition() != "Succeeded" {
		t.Error("the gateway is left with what it refused")
	}
}

func TestACertificateThatTheGatewayCannotReadFailsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.BrokenSecrets = []string{listener(2).SecretID, listener(7).SecretID}
	ids := w.want(10)
	w.drain()
	for i, id := range ids {
		if i != 2 && i != 7 {
			w.wantCompleted(i, id)
		} else if text := w.wantFailed(id, issuance.CodeGatewayRefused); !strings.Contains(text, "Access denied") {
			t.Errorf("the failure says %q", text)
		}
	}
	if w.writes() != 2 {
		t.Errorf("%d writes, want 2: the service names the certificates", w.writes())
	}
}

func TestABrokenCertificateOfSomebodyElseIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.BrokenSecrets = []string{"https://other.vault.azure.net/secrets/wild"}
	ids := w.want(4)
	w.drain()
	for _, id := range ids {
		if text := w.wantFailed(id, issuance.CodeGatewayBrokenByOthers); !strings.Contains(text, "wild") {
			t.Errorf("the failure does not name the certificate: %q", text)
		}
	}
	if w.writes() != 1 {
		t.Errorf("%d writes, want 1: splitting would not help", w.writes())
	}
	// Somebody mends the certificate and asks again.
	w.arm.Script(func(s *appgatewaytest.Server) { s.BrokenSecrets = nil })
	w.clock.Advance(time.Hour)
	for i, id := range w.want(4) {
		w.drain()
		w.wantCompleted(i, id)
	}
}

// An entry that a deleted listener left behind fails every change once its certificate
// is gone from the vault; nobody misses it.
func TestABrokenCertificateThatNothingUsesIsToBeRemoved(t *testing.T) {
	t.Parallel()
	const gone = "https://v.vault.azure.net/secrets/shop-2023"
	w := newWorld(t)
	raw, err := sjson.SetRawBytes(w.arm.Document(), "properties.sslCertificates.-1", []byte(`{"name":"shop-2023-entry","properties":{"keyVaultSecretId":"`+gone+`"}}`))
	if err != nil {
		t.Fatal(err)
	}
	w.arm.Foreign(raw)
	w.arm.BrokenSecrets = []string{gone}
	id := w.want(1)[0]
	w.drain()
	if text := w.wantFailed(id, issuance.CodeGatewayBrokenByOthers); !strings.Contains(text, "No listener uses shop-2023-entry: remove it from the gateway.") {
		t.Errorf("the failure says %q", text)
	}
}

func TestEverythingTwiceWhileTheGatewayRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pump.Twice = true
	w.arm.Polls = 2
	w.arm.RefusedHosts = []string{listener(3).Hostname}
	w.arm.Statuses = []int{0, 412, 0, 500, 0, 429}
	ids := w.want(8)
	w.drain()
	for i, id := range ids {
		if i == 3 {
			w.wantFailed(id, issuance.CodeGatewayRefused)
		} else {
			w.wantCompleted(i, id)
		}
	}
	if w.laneID() != "" {
		t.Error("the lane has not ended")
	}
}

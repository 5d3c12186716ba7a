package notify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/internal/alert"
	"certgate/internal/durable"
	"certgate/internal/notify"
)

func TestANotificationIsDeliveredOrGivenUpAsTheReceiverAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		answers  []http.HandlerFunc
		status   durable.RuntimeStatus
		requests int
		took     time.Duration
		says     string
	}{
		{"at once", []http.HandlerFunc{status(200)}, durable.Completed, 1, 0, ""},
		{"taken for later, as Teams does", []http.HandlerFunc{status(202)}, durable.Completed, 1, 0, ""},
		{"down at first, with a wish", []http.HandlerFunc{status(503, "Retry-After", "90"), status(204)}, durable.Completed, 2, 90 * time.Second, ""},
		{"busy at first, with a date", []http.HandlerFunc{status(429, "Retry-After", "Mon, 04 Mar 2030 06:06:07 GMT"), status(200)}, durable.Completed, 2, time.Hour, ""},
		{"a wish that is no time", []http.HandlerFunc{status(503, "Retry-After", "soon"), status(200)}, durable.Completed, 2, 10 * time.Second, ""},
		{"slow at first", []http.HandlerFunc{status(408), status(200)}, durable.Completed, 2, 10 * time.Second, ""},
		{"no answer at first", []http.HandlerFunc{silent, status(200)}, durable.Completed, 2, 10 * time.Second, ""},
		{"broken off at first", []http.HandlerFunc{func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, status(200)}, durable.Completed, 2, 10 * time.Second, ""},
		{"refused", []http.HandlerFunc{says(400, "invalid_payload\n")}, durable.Failed, 1, 0, "answered 400 (invalid_payload)."},
		{"gone", []http.HandlerFunc{says(410, "<p>Nothing at /hooks/"+secretPart+"</p>")}, durable.Failed, 1, 0, "answered 410."},
		{"moved", []http.HandlerFunc{status(302, "Location", "http://169.254.169.254/"+secretPart)}, durable.Failed, 1, 0, "a redirect, which is not followed"},
		{"refused after a while", []http.HandlerFunc{status(500), status(500), status(404)}, durable.Failed, 3, 20 * time.Second, "answered 404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, c.answers...)
			w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.JSON, r)}, Timeout: 200 * time.Millisecond})
			w.alert(failed)
			w.drain()
			inst := w.ended()[0]
			if inst.Status != c.status || len(r.requests()) != c.requests {
				t.Errorf("%s after %d requests, want %s after %d: %s", inst.Status, len(r.requests()), c.status, c.requests, inst.Custom.Message)
			}
			if took := w.clock.Now().Sub(w.begun); took != c.took {
				t.Errorf("took %s, want %s", took, c.took)
			}
			if c.status == durable.Failed {
				if inst.Custom.Error != notify.CodeNotDelivered || !strings.Contains(inst.Custom.Message, c.says) {
					t.Errorf("%s: %s, want %q", inst.Custom.Error, inst.Custom.Message, c.says)
				}
				if !strings.Contains(w.log.String(), `"msg":"gave a notification up"`) {
					t.Error("the log says nothing of it")
				}
			}
			w.wantNoSecret()
		})
	}
}

func TestADeadReceiverIsGivenUpAfterADayAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	dead, alive := newReceiver(t, status(502)), newReceiver(t, status(200))
	closed := newReceiver(t, status(200))
	closed.Close()
	w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.Slack, dead), target(t, notify.Teams, closed), target(t, notify.JSON, alive)}})
	w.alert(failed)
	if err := w.pump.Until(t.Context(), func() bool { return len(alive.requests()) == 1 }, 10); err != nil {
		t.Fatal(err)
	}
	if waited := w.clock.Now().Sub(w.begun); waited > 0 {
		t.Errorf("the receiver that is alive waited %s", waited)
	}
	w.drain()
	if took := w.clock.Now().Sub(w.begun); took < 24*time.Hour || took > 27*time.Hour {
		t.Errorf("given up after %s, want about a day", took)
	}
	if n := len(dead.requests()); n < 20 || n > 60 {
		t.Errorf("%d attempts in a day, want some forty", n)
	}
	for i, want := range []string{"answered 502.", "could not be reached.", ""} {
		inst := w.ended()[i]
		if (want != "") != (inst.Status == durable.Failed) || !strings.Contains(inst.Custom.Message, want) {
			t.Errorf("receiver %d: %s, %s", i, inst.Status, inst.Custom.Message)
		}
		if want != "" && inst.Custom.Error != notify.CodeNotDelivered {
			t.Errorf("receiver %d: %s, want %s", i, inst.Custom.Error, notify.CodeNotDelivered)
		}
	}
	w.wantNoSecret()
}

func TestTheSameAlertIsOneNotification(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(200))
	w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.JSON, r)}})
	w.alert(failed)
	w.alert(failed)
	w.drain()
	w.alert(failed) // a step that ran again much later
	later := failed
	later.At = later.At.Add(time.Hour)
	w.alert(later)
	w.drain()
	if n := len(r.requests()); n != 2 {
		t.Errorf("%d requests for two alerts", n)
	}
}

// The process that alerted died after the row of the notification.
func TestAnAlertThatIsRepeatedSendsTheMessageThatTheFirstCouldNot(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(200))
	w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.JSON, r)}})
	w.alert(failed)
	for d, ok := w.queue.Receive(time.Minute); ok; d, ok = w.queue.Receive(time.Minute) {
		w.queue.Delete(d) // as if it had not been sent
	}
	w.alert(failed)
	w.drain()
	if n := len(r.requests()); n != 1 {
		t.Errorf("%d requests, want one", n)
	}
}

func TestEveryAttemptHasTheSameId(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(500), status(500), status(200))
	w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.JSON, r)}})
	w.pump.Twice, w.pump.LoseDeletes = true, true
	w.alert(failed)
	w.drain()
	got := r.requests()
	if len(got) < 3 {
		t.Fatalf("%d requests", len(got))
	}
	for _, req := range got {
		if id := req.header.Get("Idempotency-Key"); id != w.starts.ids[0] || req.header.Get("Webhook-Id") != id {
			t.Errorf("ids %q and %q, want %s", id, req.header.Get("Webhook-Id"), w.starts.ids[0])
		}
	}
}

func TestAnAlertThatNobodyWantsIsNotSent(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(200))
	w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.JSON, r)}, Events: []alert.Kind{alert.Overdue}})
	w.alert(failed)
	overdue := failed
	overdue.Kind = alert.Overdue
	w.alert(overdue)
	w.drain()
	if n := len(r.requests()); n != 1 {
		t.Errorf("%d requests, want the overdue one alone", n)
	}
}

func TestANotificationIsDroppedIfTheSettingsNameItsReceiverNoMore(t *testing.T) {
	t.Parallel()
	before, after := newReceiver(t, status(503)), newReceiver(t, status(200))
	w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.JSON, before)}})
	w.alert(failed)
	// The app is started again with other settings.
	changed := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.JSON, after)}})
	w.runner.Add(changed.notifier.Definition())
	w.drain()
	if inst := w.ended()[0]; inst.Status != durable.Completed || len(before.requests())+len(after.requests()) != 0 {
		t.Errorf("%s after %d requests", inst.Status, len(before.requests())+len(after.requests()))
	}
	if !strings.Contains(changed.log.String(), "dropped a notification") {
		t.Error("the log does not say so")
	}
}

func TestATestGoesToEveryReceiverEachTime(t *testing.T) {
	t.Parallel()
	a, b := newReceiver(t, status(200)), newReceiver(t, status(200))
	w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, notify.Slack, a), target(t, notify.JSON, b)}, Events: []alert.Kind{alert.Failed}})
	for range 2 {
		sent, err := w.notifier.Test(t.Context(), "aad:ann@example.com")
		if err != nil || len(sent) != 2 || sent[0].Kind != notify.Slack || "http://"+sent[0].Target != a.URL {
			t.Errorf("sent %+v, %v", sent, err)
		}
	}
	w.drain()
	if len(a.requests()) != 2 || len(b.requests()) != 2 {
		t.Errorf("%d and %d requests for two tests", len(a.requests()), len(b.requests()))
	}
	if inst := w.ended()[0]; inst.RequestedBy != "aad:ann@example.com" || !inst.Hidden {
		t.Errorf("asked for by %q, hidden %t", inst.RequestedBy, inst.Hidden)
	}
	w.wantNoSecret()
}

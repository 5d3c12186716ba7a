package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/internal/durable"
)

// A process that dies between the row and the first message leaves an instance
// without one. Its caller got no reply and asks again.
func TestARepeatedCallSetsAnInstanceGoingWhoseFirstMessageWasNeverSent(t *testing.T) {
	t.Parallel()
	const body = `{"hostnames":[{"hostname":"shop.example.com"}]}`
	for _, call := range []string{start, "/api/certificates", "/api/AddMultipleCertificatesFunctions_HttpStart"} {
		w := newWorld(t)
		first := w.call(http.MethodPost, call, body)
		for d, ok := w.queue.Receive(time.Minute); ok; d, ok = w.queue.Receive(time.Minute) {
			w.queue.Delete(d) // as if it had not been sent
		}
		again := w.call(http.MethodPost, call, body)
		if again.status != http.StatusAccepted || again.body["id"] != first.body["id"] {
			t.Fatalf("%s: the repeat got %d %s, want the first one's id %v", call, again.status, again.raw, first.body["id"])
		}
		if w.queue.Len() != 1 {
			t.Errorf("%s: %d messages after the repeat, want 1", call, w.queue.Len())
		}
		w.call(http.MethodPost, call, body)
		if w.queue.Len() != 1 {
			t.Errorf("%s: %d messages after a third call, want no more", call, w.queue.Len())
		}
	}
}

// Nobody is told "accepted" of what stands still until the rescue timer looks.
func TestACallWhoseFirstMessageIsNotSentIsRefusedAndItsRepeatAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const body = `{"hostnames":[{"hostname":"shop.example.com"}]}`
	w.queue.Refuse = func(durable.Message) error { return errors.New("the queue does not answer") }
	for range 2 {
		if r := w.call(http.MethodPost, start, body); r.status != http.StatusInternalServerError || !strings.Contains(r.raw, "Try again") {
			t.Fatalf("without a queue: %d %s, want an error that says to try again", r.status, r.raw)
		}
	}
	w.queue.Refuse = nil
	if r := w.call(http.MethodPost, start, body); r.status != http.StatusAccepted || w.queue.Len() != 1 {
		t.Errorf("the repeat got %d %s and sent %d messages, want 202 and one", r.status, r.raw, w.queue.Len())
	}
}

func TestARepeatedImportSetsItsInstanceGoingToo(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u := w.upload(shop)
	first := w.call(http.MethodPost, importRoute, u.Body(shop))
	for d, ok := w.queue.Receive(time.Minute); ok; d, ok = w.queue.Receive(time.Minute) {
		w.queue.Delete(d) // as if it had not been sent
	}
	for range 2 {
		again := w.call(http.MethodPost, importRoute, u.PFXBody(shop))
		if again.status != http.StatusAccepted || again.body["id"] != first.body["id"] {
			t.Fatalf("the repeat got %d %s, want the first one's id %v", again.status, again.raw, first.body["id"])
		}
		if w.queue.Len() != 1 || w.imports() != 1 {
			t.Errorf("%d messages and %d versions after the repeat, want one of each", w.queue.Len(), w.imports())
		}
	}
	other := w.call(http.MethodPost, importRoute, w.upload(shop).Body(shop))
	if other.status != http.StatusConflict || other.body["code"] != api.CodeCertificateBusy || w.imports() != 1 {
		t.Errorf("another certificate got %d %s, and there are %d versions", other.status, other.raw, w.imports())
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/invoke"
	"certgate/internal/issuance/renewal"
	"certgate/internal/metrics"
	"certgate/internal/retention"
)

// The names of bindings in functions/*/function.json.
const (
	messageBinding = "message"
	timerBinding   = "timer"
)

// triggers are the endpoints that only the Functions host calls, one per
// function that is not HTTP. Requests from outside reach this process under
// /api only; one that got here all the same is refused.
type triggers struct {
	runner      *durable.Runner
	archive     retention.Archive
	keepHistory time.Duration
	renewals    *renewal.Renewals
	// figures count what goes wrong between the host and this program; nil counts
	// nothing.
	figures *metrics.Metrics
	// tell writes the figures of the stored state to the log after a Rescue; nil writes
	// none.
	tell    func(context.Context)
	telling *seldom
	// poison is looked into by Rescue; nil leaves it alone.
	poison     poisonQueue
	poisonLook *seldom
	// elsewhere answers whoever is not the host.
	elsewhere http.Handler
	log       *slog.Logger
}

func (t triggers) routes(r chi.Router) {
	r.Use(t.hostOnly)
	r.Post("/RunStep", t.runStep)
	r.Post("/RunStepPoison", t.runStepPoison)
	r.Post("/Rescue", t.rescue)
	r.Post("/RenewDue", t.renewDue)
	r.Post("/RenewCertificates", t.renewCertificates)
	r.Post("/Watch", t.watch)
	r.Post("/PurgeHistory", t.purgeHistory)
}

// runStep moves one instance on by one step. A failed reply makes the host
// deliver the message again, at last into the poison queue.
func (t triggers) runStep(w http.ResponseWriter, r *http.Request) {
	t.message(w, r, t.runner.Handle)
}

// runStepPoison puts right what the host gave up on.
func (t triggers) runStepPoison(w http.ResponseWriter, r *http.Request) {
	t.message(w, r, func(ctx context.Context, m durable.Message, _ durable.Delivery) error {
		return t.runner.HandlePoison(ctx, m)
	})
}

func (t triggers) message(w http.ResponseWriter, r *http.Request, handle func(context.Context, durable.Message, durable.Delivery) error) {
	envelope, err := invoke.ReadQueue(r, messageBinding)
	if errors.Is(err, invoke.ErrTooLarge) { // a refusal would bring it again and again, here and in the poison queue
		t.drop(w, r, envelope, "it is longer than a message can be")
		return
	}
	if err != nil {
		t.reject(w, r, err)
		return
	}
	var m durable.Message
	if why := notOurs(envelope.Text, &m); why != "" {
		t.drop(w, r, envelope, why)
		return
	}
	d := durable.Delivery{Redelivered: envelope.DequeueCount > 1, Message: envelope.ID, Count: envelope.DequeueCount}
	if err := handle(r.Context(), m, d); err != nil {
		t.log.ErrorContext(r.Context(), "message not done", "instance", m.Instance, "step", m.Step, "turn", m.Seq, "delivery", envelope.DequeueCount, "error", err)
		invoke.Fail(w, fmt.Sprintf("instance %s: the message is not done; the log has the reason", m.Instance))
		return
	}
	invoke.Succeed(w)
}

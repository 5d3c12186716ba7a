package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"certgate/internal/durable"
	"certgate/internal/invoke"
	"certgate/internal/issuance/renewal"
	"certgate/internal/issuance/survey"
	"certgate/internal/issuance/watch"
	"certgate/internal/retention"
)

const (
	// sweepWithin bounds one look at what is due; functionTimeout in host.json is 5
	// minutes. What is left over is for the next one.
	sweepWithin = 4 * time.Minute
	// purgeBatch and purgeWithin bound one run of the history's timer. What is left
	// over is for the next day.
	purgeBatch  = 500
	purgeWithin = 3 * time.Minute
)

// rescue sends the messages of instances that are due and silent, and looks after
// poison messages that the host cannot hand over. A second run finds neither.
func (t triggers) rescue(w http.ResponseWriter, r *http.Request) {
	t.timer(w, r, func(ctx context.Context) (string, error) {
		sent, err := t.runner.Rescue(ctx)
		if now := t.runner.Now(); t.tell != nil && t.telling.due(now) {
			t.tell(ctx)
			t.telling.done(now)
		}
		return fmt.Sprintf("%d messages sent again", sent), errors.Join(err, t.lookAtPoison(ctx))
	})
}

// renewDue looks at the certificates whose next look is due. It is no instance:
// the records say how far it came, and most of the time there is nothing to do.
func (t triggers) renewDue(w http.ResponseWriter, r *http.Request) {
	t.timer(w, r, func(ctx context.Context) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, sweepWithin)
		defer cancel()
		done, err := t.renewals.SweepDue(ctx, t.runner.Now())
		return fmt.Sprintf("%d looked at, %d renewals started, %d problems", done.Checked, done.Started, done.Problems), err
	})
}

// renewCertificates starts the run over all certificates. One that is still under
// way is left alone.
func (t triggers) renewCertificates(w http.ResponseWriter, r *http.Request) {
	t.timer(w, r, func(ctx context.Context) (string, error) {
		id, existing, err := t.runner.Start(ctx, renewal.RunStart())
		if existing {
			return fmt.Sprintf("instance %s is still at it", id), nil
		}
		return fmt.Sprintf("instance %s looks at all certificates", id), err
	})
}

// watch starts a walk of the watchdog and one of the survey. One that is still under way
// is left alone.
func (t triggers) watch(w http.ResponseWriter, r *http.Request) {
	t.timer(w, r, func(ctx context.Context) (string, error) {
		id, existing, err := t.runner.Start(ctx, durable.Start{
			Flow: watch.Flow, Claim: watch.Claim, Input: json.RawMessage(`{}`), RequestedBy: "certgate",
		})
		_, _, surveyErr := t.runner.Start(ctx, survey.Start())
		if existing {
			return fmt.Sprintf("instance %s is still watching", id), surveyErr
		}
		return fmt.Sprintf("instance %s watches", id), errors.Join(err, surveyErr)
	})
}

// purgeHistory removes instances that ended longer ago than the setting
// HistoryRetentionDays says.
func (t triggers) purgeHistory(w http.ResponseWriter, r *http.Request) {
	t.timer(w, r, func(ctx context.Context) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, purgeWithin)
		defer cancel()
		before, removed := t.runner.Now().Add(-t.keepHistory), 0
		for {
			n, err := retention.Sweep(ctx, t.archive, before, purgeBatch, t.log)
			if removed += n; err != nil || n == 0 {
				return fmt.Sprintf("%d instances removed", removed), err
			}
		}
	})
}

// timer runs the work of a timer function and answers the host.
func (t triggers) timer(w http.ResponseWriter, r *http.Request, work func(context.Context) (done string, err error)) {
	if _, err := invoke.ReadTimer(r, timerBinding); err != nil {
		t.reject(w, r, err)
		return
	}
	done, err := work(r.Context())
	if err != nil {
		t.log.ErrorContext(r.Context(), "timer", "path", r.URL.Path, "error", err)
		invoke.Fail(w, "the timer's work is not complete; the log has the reason")
		return
	}
	invoke.Succeed(w, done)
}

package localstack

import (
	"context"
	"errors"
	"fmt"

	"certgate/localstack/funchost"
)

// appHost is one of the app's Functions hosts, with the handler that it starts.
type appHost struct {
	*funchost.Host
	functions []string // nil: all
	run       *hostRun
}

// hostRun is a Functions host from one start to its end.
type hostRun struct {
	stop  context.CancelCauseFunc
	ended chan struct{}
	err   error // what Run returned; written before ended is closed
}

// end stops the host in good order, or with the cause funchost.ErrKilled at once,
// and returns when it has ended. Ending it twice is fine.
func (r *hostRun) end(cause error) {
	r.stop(cause)
	<-r.ended
}

// runHost starts a run of a host, which outlives ctx.
func (s *Stack) runHost(ctx context.Context, h *appHost) {
	running, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	run := &hostRun{stop: stop, ended: make(chan struct{})}
	h.run = run
	go func() {
		defer close(run.ended)
		run.err = h.Run(running)
		if running.Err() != nil {
			return // it was asked to
		}
		if run.err == nil {
			run.err = errors.New("the Functions host ended")
		}
		select {
		case s.hostDone <- run.err:
		default: // an earlier end has not been read: one reason is enough
		}
	}()
}

// hostReady returns when the run takes work.
func (s *Stack) hostReady(ctx context.Context, h *appHost) error {
	select {
	case <-h.Ready():
		return nil
	case <-h.run.ended:
		return fmt.Errorf("functions host: %w (its log: %s)", h.run.err, s.path("stack.log"))
	case <-ctx.Done():
		return ctx.Err()
	}
}

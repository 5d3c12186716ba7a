package funchost

import (
	"context"
	"errors"
	"time"
)

// ErrKilled, as the cause of the end of Run's context, ends the host as the loss
// of its machine does, in place of an orderly stop: connections break, the handler
// gets SIGKILL, and nothing that was in flight is finished. A message that it had
// in its hands is neither deleted nor given back: it stays invisible until its
// lease ends, up to Config.QueueLease after the last renewal, and then comes again
// with a dequeue count that is one higher.
var ErrKilled = errors.New("the host was killed")

// unlessKilled is the context of what a host that stops in good order still does
// after work has ended, and a killed one does not.
func unlessKilled(work context.Context, within time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(work), within)
	stop := context.AfterFunc(work, func() {
		if killed(work) {
			cancel()
		}
	})
	if killed(work) { // AfterFunc is a goroutine: it may be late
		cancel()
	}
	return ctx, func() { stop(); cancel() }
}

// errAbandoned ends work that outlasts the stop of its host: the host goes, its
// messages stay with their leases, and the handler goes on alone.
var errAbandoned = errors.New("the host did not wait any longer")

func killed(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), ErrKilled) || abandoned(ctx)
}

func abandoned(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errAbandoned) }

package funchost

import (
	"context"
	"errors"
	"net/http/httptrace"
	"time"
)

// Witness is present at the two ends of each invocation for a queue message. It
// runs on the invocation's own goroutine, several at a time, and holds up that
// invocation only. Either member may be nil.
type Witness struct {
	// Begun is told when the handler begins to read the invocation: it has taken it
	// on and done nothing yet. A handler that is killed meanwhile has died between
	// the two.
	Begun func(queue string, m QueueMessageInfo)
	// Replied is told when the handler has done everything and replied. true loses
	// the reply, as a death of either side would: the invocation has failed. An
	// invocation that has failed anyway is not told of.
	Replied func(queue string, m QueueMessageInfo) (lose bool)
}

var errReplyLost = errors.New("the handler's reply is lost, on request")

// continueTimeout is how long the handler may take to begin to read an invocation
// that a Witness waits for; then it gets the body in any case.
const continueTimeout = time.Minute

// watch runs one invocation in the presence of the witness.
func (w Witness) watch(ctx context.Context, queue string, m QueueMessageInfo, invoke func(context.Context) error) error {
	if w.Begun != nil {
		// The body is sent when the handler asks for it, which a Go server does with
		// the first read (RFC 9110 section 10.1.1).
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got100Continue: func() { w.Begun(queue, m) }})
	}
	err := invoke(ctx)
	if err == nil && w.Replied != nil && w.Replied(queue, m) {
		return errReplyLost
	}
	return err
}

// wanted reports whether the beginning of this invocation is waited for. Without
// a witness the request is the platform's, header by header.
func wanted(ctx context.Context) bool {
	trace := httptrace.ContextClientTrace(ctx)
	return trace != nil && trace.Got100Continue != nil
}

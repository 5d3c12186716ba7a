package funchost

import "time"

// Duplicate says how often a queue message is delivered. The storage queue
// promises at least once, and tests ask for more than that.
type Duplicate int

const (
	// DeliverOnce is what the platform does on a good day.
	DeliverOnce Duplicate = iota
	// DeliverTwice invokes again after the first success, before the message
	// is deleted.
	DeliverTwice
	// DeliverTwiceAtOnce runs both invocations at the same time.
	DeliverTwiceAtOnce
)

// QueueMessageInfo is what is known of a message when it has been received.
type QueueMessageInfo struct {
	// ID stays the same when the message comes again.
	ID string
	// DequeueCount is how often it has been received, this time included.
	DequeueCount int64
	// Body is the text that the function gets, out of its base64.
	Body string
}

// Delivery is what becomes of one received message. The zero Delivery is what
// the platform does on a good day. Poison goes before Late, Late before Twice.
type Delivery struct {
	// Twice makes this message a duplicate. It is deleted once both invocations
	// have succeeded; dequeue count, id and pop receipt are the same in both.
	Twice Duplicate
	// Late puts the message back, invisible for that long (rounded up to seconds),
	// and invokes nothing: those behind it overtake it, as when an instance takes
	// a message and is gone before it does anything with it. As then, the receive
	// counts: DequeueCount is one higher when it comes again, and a function that
	// fails has one attempt less, so use it sparingly. A message whose next receive
	// would be one too many is never late: lateness alone poisons nothing.
	Late time.Duration
	// Poison treats the message as if it had just failed for the last time: it is
	// not invoked and goes to the poison queue at once. Where there is none it
	// stays invisible until its lease ends.
	Poison bool
}

package funchost

import (
	"errors"
	"log/slog"
	"path/filepath"
	"time"
)

// Config is what a Host is made of.
type Config struct {
	// ScriptRoot is the folder of host.json; the handler is resolved against it.
	ScriptRoot string
	// FunctionsDir holds <Name>/function.json (default ScriptRoot, as deployed).
	FunctionsDir string
	// Functions are those that this host runs, by name: where an app has several hosts,
	// they can share the work (see FlexGroups). None means all. What else the app has
	// is not here: no route, no trigger, no run by hand.
	Functions []string
	// ByHand are timers whose schedule does not fire them: they run by /admin alone. A
	// test that asks for a run is then not met by another one at a full hour.
	ByHand []string
	// Addr is where HTTP is served (default 127.0.0.1:7071; port 0 takes a free one).
	Addr string
	// Env are the app settings, "NAME=value". The handler gets them and the
	// variables of the custom handler contract, nothing else.
	Env []string
	// Logger takes the host's own log and every line that the handler prints
	// (default slog.Default()).
	Logger *slog.Logger

	// MasterKey opens /admin (default a random one).
	MasterKey string

	// MaxHandlerErrors stops the host when the handler has failed that often,
	// each time within 30 minutes of the time before (default 3).
	MaxHandlerErrors int
	// HangOnEmptyReply lets a reply without a JSON body hang the invocation
	// until functionTimeout, as the platform does.
	HangOnEmptyReply bool
	// DeliverTwice makes every queue message a duplicate: see Delivery.Twice.
	DeliverTwice Duplicate
	// Deliver, if set, is asked once about each received message, several at a
	// time, and decides alone: DeliverTwice must then be zero. A message that is
	// not base64 or has been received too often is not asked about. It must not
	// wait for the host to end: the host waits for it.
	Deliver func(queue string, message QueueMessageInfo) Delivery
	// Witness is present at the beginning and the end of each queue invocation.
	Witness Witness
	// QueueLease is how long a received message stays invisible unless it is
	// renewed, in whole seconds (default the platform's ten minutes). Shorter, what
	// a killed host had in its hands comes again sooner.
	QueueLease time.Duration
	// OnHandlerStart, if set, is told the process id of each started handler
	// before it is probed. It must not block.
	OnHandlerStart func(pid int)
}

func (c Config) withDefaults() (Config, error) {
	if c.ScriptRoot == "" {
		return Config{}, errors.New("no script root")
	}
	root, err := filepath.Abs(c.ScriptRoot)
	if err != nil {
		return Config{}, err
	}
	c.ScriptRoot = root
	if c.FunctionsDir == "" {
		c.FunctionsDir = root
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:7071"
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.MaxHandlerErrors == 0 {
		c.MaxHandlerErrors = 3
	}
	if c.MaxHandlerErrors < 0 {
		return Config{}, errors.New("MaxHandlerErrors is negative")
	}
	if c.QueueLease == 0 {
		c.QueueLease = queueLease
	}
	if c.QueueLease < 0 || c.QueueLease%time.Second != 0 {
		return Config{}, errors.New("QueueLease is not a number of whole seconds")
	}
	if c.Deliver != nil && c.DeliverTwice != DeliverOnce {
		return Config{}, errors.New("both Deliver and DeliverTwice are set: Deliver decides alone")
	}
	if c.Deliver == nil {
		c.Deliver = func(string, QueueMessageInfo) Delivery { return Delivery{Twice: c.DeliverTwice} }
	}
	if c.MasterKey == "" {
		c.MasterKey = newMasterKey()
	}
	return c, nil
}

package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"certgate/internal/alert"
	"certgate/internal/durable"
)

// FlowName is stored in rows; it never changes.
const FlowName = "NotifyFunctions"

// Starter starts instances; *durable.Runner does.
type Starter interface {
	Start(ctx context.Context, s durable.Start) (id string, existing bool, err error)
}

// Config is what a Notifier is made of. Transport and Log may be left out.
type Config struct {
	Starter Starter
	Targets []Target
	// Events are the kinds of alerts that are sent.
	Events []alert.Kind
	// Secret signs what generic receivers get; "" for no signature.
	Secret string
	// Transport is for tests; nil obeys the environment's proxy and roots.
	Transport http.RoundTripper
	// Timeout bounds one attempt; 0 means 10 seconds.
	Timeout time.Duration
	Log     *slog.Logger
}

// Notifier turns alerts into notifications.
type Notifier struct {
	starter   Starter
	targets   []Target
	events    []alert.Kind
	key       []byte
	transport http.RoundTripper
	timeout   time.Duration
	log       *slog.Logger
}

var _ alert.Sink = (*Notifier)(nil).Alert

// New makes a Notifier. It does no I/O. Its Definition must be given to the
// Runner that is its Starter.
func New(c Config) *Notifier {
	n := &Notifier{starter: c.Starter, targets: c.Targets, events: c.Events, key: signingKey(c.Secret), transport: c.Transport, timeout: c.Timeout, log: c.Log}
	if n.transport == nil {
		n.transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	if n.timeout <= 0 {
		n.timeout = 10 * time.Second
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	return n
}

// notification is the input of an instance: what to tell whom.
type notification struct {
	Alert  alert.Alert `json:"alert"`
	Target string      `json:"target"` // hash of the receiver
}

// Alert starts a notification to each receiver, if alerts of this kind are
// wanted. It implements alert.Sink; the same alert again starts nothing.
func (n *Notifier) Alert(ctx context.Context, a alert.Alert) error {
	if !slices.Contains(n.events, a.Kind) {
		return nil
	}
	return n.toAll(ctx, a, "certgate")
}

func (n *Notifier) toAll(ctx context.Context, a alert.Alert, by string) error {
	var problems []error
	for _, t := range n.targets { // one that cannot be started never keeps the others waiting
		problems = append(problems, n.start(ctx, a, t, by))
	}
	return errors.Join(problems...)
}

func (n *Notifier) start(ctx context.Context, a alert.Alert, t Target, by string) error {
	input, err := json.Marshal(notification{Alert: a, Target: t.hash})
	if err != nil {
		return fmt.Errorf("encode notification: %w", err)
	}
	what := strings.Join([]string{string(a.Kind), a.Instance, a.Certificate, a.Hostname, a.At.UTC().Format(time.RFC3339Nano)}, "|")
	claim := "notify:" + t.hash + ":" + what
	_, _, err = n.starter.Start(ctx, durable.Start{
		Flow: FlowName, Claim: claim, Once: claim, Input: input, RequestedBy: by,
	})
	if err != nil {
		return fmt.Errorf("start notification to %s: %w", t, err)
	}
	return nil
}

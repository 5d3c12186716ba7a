package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"certgate/internal/durable"
)

// CodeNotDelivered is the code of a notification that was given up.
const CodeNotDelivered = "NotificationNotDelivered"

// Codes lists the codes, so that a test can hold the documentation against them.
func Codes() []string { return []string{CodeNotDelivered} }

// deliverFor is how long a notification is worth delivering.
const deliverFor = 24 * time.Hour

// Definition is the delivery of one notification as a flow. A flow of its own,
// hidden: people look at certificates, not at their post.
func (n *Notifier) Definition() durable.Definition {
	return durable.Flow[notification]{
		Name:   FlowName,
		Hidden: true,
		Steps: []durable.Step[notification]{{
			Name: "DeliverNotificationStep", Says: "Delivering the notification.",
			// Longer than deliverFor, so that the step itself gives up, with the reason.
			Within: deliverFor + 2*longestPause, Timeout: n.timeout + 10*time.Second, Run: n.deliver,
		}},
		Begin: func(input json.RawMessage) (s notification, err error) {
			if err = json.Unmarshal(input, &s); err != nil {
				return s, fmt.Errorf("decode input: %w", err)
			}
			return s, nil
		},
		Finished: "The notification is delivered.",
	}.Define()
}

// deliver makes one attempt. A second run of the same turn posts again, with the
// same id: HTTP has no other way.
func (n *Notifier) deliver(ctx context.Context, t durable.Turn, s *notification) (durable.Outcome, error) {
	i := slices.IndexFunc(n.targets, func(known Target) bool { return known.hash == s.Target })
	if i < 0 {
		n.log.WarnContext(ctx, "dropped a notification: NotificationWebhooks does not name its receiver any more", "notification", t.Instance, "event", s.Alert.Kind, "about", s.Alert.Instance)
		return durable.Done().Noting("Dropped: the settings do not name its receiver any more."), nil
	}
	target := n.targets[i]
	result := n.post(ctx, t, target, *s)
	switch {
	case result.delivered:
		return durable.Done(), nil
	case result.final || t.Now.Sub(t.Since) >= deliverFor:
		n.log.ErrorContext(ctx, "gave a notification up", "notification", t.Instance, "receiver", target.String(), "event", s.Alert.Kind, "about", s.Alert.Instance, "hostname", s.Alert.Hostname, "reason", result.reason, "error", result.err)
		return durable.Fail(CodeNotDelivered, fmt.Sprintf("The notification could not be delivered to the %s: it %s.", target, result.reason)), nil
	}
	n.log.WarnContext(ctx, "notification not delivered yet", "notification", t.Instance, "receiver", target.String(), "reason", result.reason, "error", result.err)
	return durable.Wait(pause(t.Now.Sub(t.Since), result.retryAfter), fmt.Sprintf("The %s %s.", target, result.reason)), nil
}

const (
	firstPause   = 10 * time.Second
	longestPause = time.Hour
)

// pause grows with the time waited, so that a day has some forty attempts; the
// receiver's wish is a lower bound.
func pause(waited, asked time.Duration) time.Duration {
	return max(min(max(waited/2, firstPause), longestPause), asked)
}

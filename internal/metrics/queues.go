package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	queueMessages = desc("certgate_queue_messages",
		"Messages in the queue of steps and in its poison queue, invisible ones included; the service counts approximately."+ofState, "queue")
	poisonSince = desc("certgate_poison_message_timestamp_seconds",
		"When the oldest visible message of the poison queue was put there."+ofState)
	authorityLimit = desc("certgate_authority_limit_until_timestamp_seconds",
		"Until when a limit of the certificate authority holds up orders, by what it concerns: account or domain:name."+ofState, "scope", "issuer")
)

type queues struct{ queue Queue }

func (q queues) read(ctx context.Context, _ time.Time) ([]prometheus.Metric, error) {
	depth, err := q.queue.Depth(ctx)
	if err != nil {
		return nil, err
	}
	out := []prometheus.Metric{
		gauge(queueMessages, float64(depth.Messages), "steps"),
		gauge(queueMessages, float64(depth.Poison), "poison"),
	}
	if !depth.OldestPoison.IsZero() {
		out = append(out, gauge(poisonSince, seconds(depth.OldestPoison)))
	}
	return out, nil
}

type limits struct{ authority Limits }

func (l limits) read(ctx context.Context, _ time.Time) (out []prometheus.Metric, err error) {
	until, err := l.authority.Limits(ctx)
	if err != nil {
		return nil, err
	}
	for issuer, scopes := range until {
		for scope, at := range scopes {
			out = append(out, gauge(authorityLimit, seconds(at), scope, issuer))
		}
	}
	return out, nil
}

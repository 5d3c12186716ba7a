package main

import (
	"context"
	"fmt"
	"log/slog"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/notify"
	"certgate/internal/settings"
)

// addNotifications makes notifying known to the engine: as a flow, and as the one
// who hears of every instance that ends.
func addNotifications(runner *durable.Runner, s settings.Notifications, log *slog.Logger) (*notify.Notifier, error) {
	config := notify.Config{Starter: runner, Events: s.Events, Secret: s.Secret.Reveal(), Log: log}
	for _, w := range s.Webhooks {
		target, err := notify.NewTarget(notify.Kind(w.Kind), w.URL.Reveal())
		if err != nil {
			return nil, fmt.Errorf("notifications: %w", err)
		}
		config.Targets = append(config.Targets, target)
	}
	notifier := notify.New(config)
	runner.Add(notifier.Definition())
	runner.OnEnd(notifier.Ended)
	return notifier, nil
}

// alsoToLog makes an alert a line in the log, whoever else is told.
func alsoToLog(log *slog.Logger, next issuance.Alerts) issuance.Alerts {
	return func(ctx context.Context, a issuance.Alert) error {
		log.WarnContext(ctx, "alert", "kind", string(a.Kind), "hostname", a.Hostname, "certificate", a.Certificate, "message", a.Message)
		return next(ctx, a)
	}
}

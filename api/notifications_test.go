package api_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/notify"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

const testNotifications = "/api/notifications/test"

func TestATestNotificationGoesToEveryReceiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slack, err := notify.NewTarget(notify.Slack, "https://hooks.slack.example/s3cret")
	if err != nil {
		t.Fatal(err)
	}
	notifier := notify.New(notify.Config{Starter: w.runner, Targets: []notify.Target{slack}})
	w.runner.Add(notifier.Definition())
	server := httptest.NewServer(apitest.New(t, api.Config{
		Engine: w.runner, Instances: w.store, Notifications: notifier,
		SignIn: principal.New(principal.Config{ClientPrincipal: true}), Log: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(server.Close)
	w.server = server

	r := w.callWith("POST", testNotifications, "", principal.Header, principaltest.ClientPrincipal("aad", "olga@example.com", principal.Operator))
	if r.status != 403 || w.queue.Len() != 0 {
		t.Errorf("an operator: %d %s", r.status, r.raw)
	}
	r = w.call("POST", testNotifications, "")
	if r.status != 200 || strings.TrimSpace(r.raw) != `{"sent":[{"kind":"slack","target":"hooks.slack.example"}]}` {
		t.Errorf("%d %s", r.status, r.raw)
	}
	if w.queue.Len() != 1 {
		t.Errorf("%d messages, want the notification's", w.queue.Len())
	}
	if r = w.call("GET", "/api/instances", ""); r.status != 200 || strings.Contains(r.raw, "Notif") {
		t.Errorf("people see the notification among their instances: %d %s", r.status, r.raw)
	}
}

func TestATestWithoutReceiversSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := newWorld(t).call("POST", testNotifications, "")
	if fix, _ := r.body["fix"].(string); r.status != 409 || r.body["code"] != api.CodeNoReceivers || !strings.Contains(fix, "NotificationWebhooks") {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

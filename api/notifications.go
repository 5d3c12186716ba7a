package api

import (
	"context"
	"net/http"

	"certgate/internal/notify"
	"certgate/internal/principal"
)

// Notifications tells people what happens; *notify.Notifier does.
type Notifications interface {
	Test(ctx context.Context, by string) ([]notify.Sent, error)
}

// testNotifications sends a test to every receiver, in the way of any other
// notification: it is on its way when this answers.
func (s *server) testNotifications(w http.ResponseWriter, r *http.Request) error {
	var sent []notify.Sent
	if s.notifications != nil {
		var err error
		if sent, err = s.notifications.Test(r.Context(), principal.FromContext(r.Context()).Name); err != nil {
			return err
		}
	}
	if len(sent) == 0 {
		return problem(CodeNoReceivers, "There is nobody to notify.", "Set NotificationWebhooks in the settings of the app.")
	}
	writeJSON(w, http.StatusOK, map[string][]notify.Sent{"sent": sent})
	return nil
}

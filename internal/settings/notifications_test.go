package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/settings"
)

func TestReceiversOfNotificationsAreReadInBothForms(t *testing.T) {
	t.Parallel()
	const slack, teams = "https://hooks.slack.com/services/T0/B0/s3cret", "https://prod-1.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?sp=a,b&sig=s3cret"
	for name, c := range map[string]struct {
		value string
		want  []settings.Webhook
	}{
		"a comma list":            {" Slack=" + slack + ", json=http://127.0.0.1:9000/x ,", []settings.Webhook{{Kind: "slack", URL: slack}, {Kind: "json", URL: "http://127.0.0.1:9000/x"}}},
		"a JSON list":             {`["teams=` + teams + `", "slack=` + slack + `"]`, []settings.Webhook{{Kind: "teams", URL: teams}, {Kind: "slack", URL: slack}}},
		"the same receiver twice": {"slack=" + slack + ",slack=" + slack, []settings.Webhook{{Kind: "slack", URL: slack}}},
	} {
		got, err := settings.Load(with(map[string]string{"NotificationWebhooks": c.value}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, got.Notifications.Webhooks); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if text := fmt.Sprintf("%+v %#v", got, got); strings.Contains(text, "s3cret") {
			t.Errorf("%s: a URL is in %s", name, text)
		}
	}
}

func TestWrongReceiversAreRefusedWithoutShowingThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, says string }{
		{"NotificationWebhooks", "https://hooks.slack.com/services/s3cret", "does not begin with json="},
		{"NotificationWebhooks", "email=https://ops.example/s3cret", "does not begin with json="},
		{"NotificationWebhooks", "json=https://ok.example/a,slack=http://hooks.slack.com/s3cret", "number 2"},
		{"NotificationWebhooks", "json=http://10.0.0.1/s3cret", "is not an https URL"},
		{"NotificationWebhooks", "json=/s3cret", "is not a URL"},
		{"NotificationWebhooks", "json=https://me:s3cret@ops.example/", "credentials"},
		{"NotificationWebhooks", `["json=https://ops.example/s3cret"`, "not a JSON list"},
		{"NotificationWebhooks", ",", "names no receiver"},
		{"NotificationWebhooks", "json=https://ops.example/s3cret#part", "fragment"},
		{"NotificationWebhooks", eleven(), "more than 10"},
		{"NotificationEvents", "failed,late", `lists "late"`},
		{"NotificationEvents", ",", "names no event"},
		{"NotificationSecret", "s3cret", "NotificationSecret has a value (not shown) that is shorter than 16"},
		{"NotificationSecret", "whsec_s3cret", "base64"},
		{"NotificationSecret", "0123456789abcdef", "NotificationWebhooks is missing"},
	} {
		_, err := settings.Load(with(map[string]string{c.name: c.value}))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s=%s: got %v, want a fault that says %q and shows nothing", c.name, c.value, err, c.says)
		}
	}
}

func eleven() string {
	var list []string
	for n := range 11 {
		list = append(list, fmt.Sprintf("json=https://ops.example/%d", n))
	}
	return strings.Join(list, ",")
}

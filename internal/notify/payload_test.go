package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"certgate/internal/alert"
	"certgate/internal/notify"
)

// delivered sends an alert to one receiver and returns the request.
func delivered(t *testing.T, kind notify.Kind, secret string, a alert.Alert) request {
	t.Helper()
	r := newReceiver(t, status(200))
	w := newWorld(t, notify.Config{Targets: []notify.Target{target(t, kind, r)}, Secret: secret})
	w.alert(a)
	w.drain()
	got := r.requests()
	if len(got) != 1 || got[0].header.Get("Content-Type") != "application/json" || !json.Valid(got[0].body) {
		t.Fatalf("got %+v", got)
	}
	return got[0]
}

func TestTheGenericPayloadIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	got := delivered(t, notify.JSON, "", failed)
	const want = `{"event":"failed","hostname":"shop.example.com","certificate":"shop-example-com","instance":"0123",` +
		`"code":"CertificateNotServed","message":"The gateway does not serve \u003cit\u003e \u0026 *that*.","at":"2030-03-04T05:06:07Z"}`
	if string(got.body) != want {
		t.Errorf("got\n%s\nwant\n%s", got.body, want)
	}
	if got.uri != "/hooks/"+secretPart+"?token="+secretPart {
		t.Errorf("posted to %s", got.uri)
	}
	if s := got.header.Get("Webhook-Signature"); s != "" {
		t.Errorf("signed with no key: %s", s)
	}
	page, err := os.ReadFile("../../docs/notifications.md")
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(got.body, &members); err != nil {
		t.Fatal(err)
	}
	for name := range members {
		if !strings.Contains(string(page), "| `"+name+"` |") {
			t.Errorf("docs/notifications.md does not describe %s", name)
		}
	}
	for _, kind := range alert.Kinds() {
		if !strings.Contains(string(page), "| `"+string(kind)+"` |") {
			t.Errorf("docs/notifications.md does not describe the event %s", kind)
		}
	}
}

// A receiver checks the signature as Standard Webhooks says.
func TestTheSignatureCoversIdTimeAndBody(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef-key+/?")
	for name, secret := range map[string]string{
		"plain":  string(key),
		"base64": "whsec_" + base64.StdEncoding.EncodeToString(key),
	} {
		got := delivered(t, notify.JSON, secret, failed)
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", got.header.Get("Webhook-Id"), got.header.Get("Webhook-Timestamp"), got.body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); got.header.Get("Webhook-Signature") != want {
			t.Errorf("%s: signature %q, want %q", name, got.header.Get("Webhook-Signature"), want)
		}
		if got.header.Get("Webhook-Timestamp") != "1898831167" {
			t.Errorf("%s: timestamp %s", name, got.header.Get("Webhook-Timestamp"))
		}
	}
	if got := delivered(t, notify.Slack, string(key), failed); got.header.Get("Webhook-Signature") != "" {
		t.Error("what Slack gets is signed: it would not know what with")
	}
}

func TestSlackGetsBlocksWithoutMarkup(t *testing.T) {
	t.Parallel()
	var m struct {
		Text   string
		Blocks []struct {
			Type     string
			Text     struct{ Type, Text string }
			Elements []struct{ Type, Text string }
		}
	}
	long := failed
	long.Hostname = "<!channel> & " + strings.Repeat("x", 300)
	long.Message = strings.Repeat("é", 5000)
	for _, a := range []alert.Alert{failed, long, {Kind: alert.Overdue}} {
		if err := json.Unmarshal(delivered(t, notify.Slack, "", a).body, &m); err != nil {
			t.Fatal(err)
		}
		if len(m.Blocks) != 3 || m.Blocks[0].Type != "header" || m.Blocks[1].Type != "section" || m.Blocks[2].Type != "context" {
			t.Fatalf("blocks %+v", m.Blocks)
		}
		if m.Blocks[0].Text.Type != "plain_text" || m.Blocks[1].Text.Type != "plain_text" || m.Blocks[2].Elements[0].Type != "plain_text" {
			t.Error("a block reads markup")
		}
		if strings.ContainsAny(m.Text, "<>") || m.Text == "" || m.Blocks[1].Text.Text == "" {
			t.Errorf("fallback %q, text %q", m.Text, m.Blocks[1].Text.Text)
		}
		if n := len([]rune(m.Blocks[0].Text.Text)); n > 150 {
			t.Errorf("a header of %d characters", n)
		}
		if n := len([]rune(m.Blocks[1].Text.Text)); n > 3000 {
			t.Errorf("a section of %d characters", n)
		}
	}
}

func TestTeamsGetsAnAdaptiveCard(t *testing.T) {
	t.Parallel()
	var m struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     struct {
				Type, Version string
				Body          []struct {
					Type    string
					Inlines []struct{ Type, Text string }
					Facts   []struct{ Title, Value string }
				}
			}
		}
	}
	if err := json.Unmarshal(delivered(t, notify.Teams, "", failed).body, &m); err != nil {
		t.Fatal(err)
	}
	if m.Type != "message" || len(m.Attachments) != 1 || m.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" {
		t.Fatalf("%+v", m)
	}
	card := m.Attachments[0].Content
	if card.Type != "AdaptiveCard" || card.Version != "1.4" || len(card.Body) != 3 {
		t.Fatalf("%+v", card)
	}
	if title := card.Body[0].Inlines[0]; title.Type != "TextRun" || title.Text != "Failed: shop.example.com" {
		t.Errorf("title %+v", title)
	}
	if text := card.Body[1].Inlines[0]; text.Type != "TextRun" || text.Text != failed.Message {
		t.Errorf("text %+v", text)
	}
	if facts := card.Body[2].Facts; len(facts) != 4 || facts[0].Value != failed.Code {
		t.Errorf("facts %+v", facts)
	}
}

package settings_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"certgate/internal/settings"
)

// FuzzWebhooks reads receivers and their key from values of any content: what is
// taken are URLs that a notification may go to, a few of them, and neither a
// fault nor a print of the settings shows a value.
func FuzzWebhooks(f *testing.F) {
	for _, seed := range []string{
		"slack=https://hooks.slack.com/services/T000/B000/XXXX,json=https://ops.example.com/certgate", `["teams=https://prod.example/a?sp=a,b&sig=c","json=http://127.0.0.1:9000/x"]`,
		"json=http://10.0.0.1/x", "email=https://ops.example.com/a-secret-part-of-the-url", "json=https://me:secret@ops.example/", "json=https://ops.example/#part", "JSON = https://ops.example", "[", `[null,1]`, ",,", "json=https://[::1%25eth0]/", "json=http://localhost.evil.example/",
		"slack=https:///x", "teams=https://ops.example:99999/", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)", `"json=https://ops.example"`, "<url>", "json=https://ops.example/\x00",
	} {
		f.Add(seed, "whsec_bWFrZS1iZWxpZXZlLXNlY3JldC0wMTIzNDU2Nzg5")
		f.Add(seed, "0123456789abcdef")
	}
	f.Fuzz(func(t *testing.T, webhooks, secret string) {
		s, err := settings.Load(with(map[string]string{"NotificationWebhooks": webhooks, "NotificationSecret": secret}))
		shown := fmt.Sprintf("%v %+v %#v", s, s, s)
		if err != nil {
			shown += err.Error()
			if len(s.Notifications.Webhooks) > 0 || len(err.Error()) > 4000 || strings.ContainsFunc(strings.ReplaceAll(err.Error(), "\n", ""), unicode.IsControl) {
				t.Fatalf("%d receivers and %v", len(s.Notifications.Webhooks), err)
			}
		}
		for _, value := range []string{webhooks, secret} {
			if piece := pieceIn(shown, value); piece != "" {
				t.Fatalf("%q is shown of %q:\n%s", piece, value, shown)
			}
		}
		if n := len(s.Notifications.Webhooks); n > 10 {
			t.Fatalf("%d receivers", n)
		}
		for _, w := range s.Notifications.Webhooks {
			u, err := url.Parse(w.URL.Reveal())
			if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
				t.Fatalf("%q gives the receiver %q", webhooks, w.URL.Reveal())
			}
			here := u.Hostname() == "::1" || strings.HasPrefix(u.Hostname(), "127.") || strings.EqualFold(u.Hostname(), "localhost") || strings.HasPrefix(u.Hostname(), "::ffff:127.")
			if u.Scheme != "https" && (u.Scheme != "http" || !here) && !loopbackSpelling(u.Hostname()) {
				t.Fatalf("%q gives the receiver %q", webhooks, w.URL.Reveal())
			}
		}
	})
}

// loopbackSpelling knows the long ways to write ::1.
func loopbackSpelling(host string) bool {
	return strings.Trim(host, "0:") == "1" && strings.Contains(host, ":")
}

// pieceIn returns a piece of a secret value that is in a text, long enough to be
// no coincidence: its own words are not in any sentence of ours.
func pieceIn(text, value string) string {
	const length = 20
	for ; len(value) >= length; value = value[1:] {
		if piece := value[:length]; strings.Contains(text, piece) && !strings.Contains(sentences, piece) {
			return piece
		}
	}
	return ""
}

// sentences are what faults and settings say whatever the values are.
var sentences = func() string {
	var b strings.Builder
	for _, setting := range settings.All() {
		fmt.Fprintln(&b, setting.Name, setting.Example, setting.Default, setting.Meaning)
	}
	valid, err := settings.Load(with(nil))
	fmt.Fprintf(&b, "%v %+v %#v %v", valid, valid, valid, err)
	for _, wrong := range []string{"[", "x", "json=x", "json=http://x", "json=https://a@b", "json=https://b#c", ",", strings.Repeat("json=https://b,", 11)} {
		_, err := settings.Load(with(map[string]string{"NotificationWebhooks": wrong, "NotificationSecret": "whsec_x"}))
		fmt.Fprintln(&b, err)
	}
	return b.String()
}()

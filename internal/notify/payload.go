package notify

import (
	"strings"
	"time"

	"certgate/internal/alert"
)

// payload is what a receiver of the kind understands.
func payload(kind Kind, a alert.Alert) any {
	switch kind {
	case Slack:
		return slackMessage(a)
	case Teams:
		return teamsMessage(a)
	}
	return generic{
		Event: string(a.Kind), Hostname: a.Hostname, Certificate: a.Certificate, Instance: a.Instance,
		Code: a.Code, Message: a.Message, At: a.At.UTC().Format(time.RFC3339),
	}
}

// generic is published: docs/notifications.md describes each member. All are
// always there.
type generic struct {
	Event       string `json:"event"`
	Hostname    string `json:"hostname"`
	Certificate string `json:"certificate"`
	Instance    string `json:"instance"`
	Code        string `json:"code"`
	Message     string `json:"message"`
	At          string `json:"at"`
}

// headline is the alert in one line.
func headline(a alert.Alert) string {
	what := a.Hostname
	if what == "" {
		what = a.Certificate
	}
	if what == "" {
		what = "certgate"
	}
	return alert.Of(a.Kind).Says(what)
}

// facts are the other members that have a value, in the order to show them.
func facts(a alert.Alert) (list [][2]string) {
	for _, f := range [][2]string{
		{"Code", a.Code}, {"Certificate", a.Certificate}, {"Instance", a.Instance}, {"Time", a.At.UTC().Format(time.RFC3339)},
	} {
		if f[1] != "" {
			list = append(list, f)
		}
	}
	return list
}

// cut keeps a text within a receiver's limit, in characters.
func cut(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}

// slackMessage has its words in plain_text, where Slack reads no markup: messages
// quote certificate authorities and DNS. Limits: a header takes 150 characters,
// a section 3,000 (Block Kit reference).
func slackMessage(a alert.Alert) any {
	var context []string
	for _, f := range facts(a) {
		context = append(context, f[0]+": "+f[1])
	}
	type text struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	plain := func(s string, limit int) text { return text{"plain_text", cut(s, limit)} }
	return map[string]any{
		// The fallback, where Slack does read markup: & < > are escaped as it asks.
		"text": cut(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(headline(a)), 3000),
		"blocks": []any{
			map[string]any{"type": "header", "text": plain(headline(a), 150)},
			map[string]any{"type": "section", "text": plain(orDash(a.Message), 3000)},
			map[string]any{"type": "context", "elements": []text{plain(strings.Join(context, "  ·  "), 2000)}},
		},
	}
}

// colors are those of an Adaptive Card.
var colors = map[alert.Severity]string{alert.Neutral: "Default", alert.Good: "Good", alert.Warning: "Warning", alert.Attention: "Attention"}

// teamsMessage is an Adaptive Card, the one form that Workflows webhooks post.
// Words of others are in text runs, which read no Markdown.
func teamsMessage(a alert.Alert) any {
	type fact struct {
		Title string `json:"title"`
		Value string `json:"value"`
	}
	var list []fact
	for _, f := range facts(a) {
		list = append(list, fact{f[0], f[1]})
	}
	run := func(text string, more map[string]any) any {
		inline := map[string]any{"type": "TextRun", "text": text}
		for name, value := range more {
			inline[name] = value
		}
		return map[string]any{"type": "RichTextBlock", "inlines": []any{inline}}
	}
	return map[string]any{
		"type": "message",
		"attachments": []any{map[string]any{
			"contentType": "application/vnd.microsoft.card.adaptive",
			"contentUrl":  nil,
			"content": map[string]any{
				"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
				"type":    "AdaptiveCard",
				"version": "1.4",
				"msteams": map[string]any{"width": "Full"},
				"body": []any{
					run(cut(headline(a), 300), map[string]any{"size": "Medium", "weight": "Bolder", "color": colors[alert.Of(a.Kind).Severity]}),
					run(cut(orDash(a.Message), 4000), nil),
					map[string]any{"type": "FactSet", "facts": list},
				},
			},
		}},
	}
}

// orDash: both receivers refuse an empty text.
func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

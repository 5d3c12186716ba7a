package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"certgate/internal/alert"
)

// Notifications says who is told of what.
type Notifications struct {
	Webhooks []Webhook
	Events   []alert.Kind
	// Secret signs what generic receivers get; "" for no signature.
	Secret Secret
}

// Webhook is one receiver. Whoever knows its URL can post there.
type Webhook struct {
	Kind string // json, slack or teams
	URL  Secret // https; http on this machine only
}

var webhookKinds = []string{"json", "slack", "teams"}

// maxWebhooks bounds how many instances one event starts.
const maxWebhooks = 10

func notificationSettings() []Setting {
	return []Setting{
		{Name: "NotificationWebhooks", Secret: true, Example: "slack=https://hooks.slack.com/services/T000/B000/XXXX,json=https://ops.example.com/certgate",
			Meaning: "receivers of notifications, each as kind=URL with the kind json, slack or teams; a comma list, or a JSON list of such texts if a URL has a comma", read: into(func(s *Settings) *[]Webhook { return &s.Notifications.Webhooks }, webhooks)},
		{Name: "NotificationEvents", Default: kinds(",", func(a alert.About) bool { return a.Default }), Example: kinds(",", anyKind),
			Meaning: "what receivers are told of: a comma list of " + kinds(", ", anyKind), read: into(func(s *Settings) *[]alert.Kind { return &s.Notifications.Events }, events)},
		{Name: "NotificationSecret", Secret: true, Example: "whsec_bWFrZS1iZWxpZXZlLXNlY3JldC0wMTIzNDU2Nzg5",
			Meaning: "key that signs notifications to json receivers (Standard Webhooks, HMAC-SHA256): at least 16 characters, or whsec_ and base64", read: into(func(s *Settings) *Secret { return &s.Notifications.Secret }, signingKey)},
	}
}

// webhooks reads the list. Its errors name an entry by its number: the entry is
// a secret.
func webhooks(v string) (list []Webhook, err error) {
	entries := strings.Split(v, ",")
	if strings.HasPrefix(v, "[") {
		if json.Unmarshal([]byte(v), &entries) != nil {
			return nil, errors.New(`begins with [ and is not a JSON list of texts (["slack=https://…","teams=https://…"])`)
		}
	}
	for i, entry := range entries {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		w, err := webhook(strings.TrimSpace(entry))
		if err != nil {
			return nil, fmt.Errorf("has an entry (number %d) that %w", i+1, err)
		}
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	switch {
	case len(list) == 0:
		return nil, errors.New("names no receiver")
	case len(list) > maxWebhooks:
		return nil, fmt.Errorf("names %d receivers, more than %d", len(list), maxWebhooks)
	}
	return list, nil
}

func webhook(entry string) (Webhook, error) {
	kind, address, _ := strings.Cut(entry, "=")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if !slices.Contains(webhookKinds, kind) {
		return Webhook{}, errors.New("does not begin with json=, slack= or teams=; a URL with a comma in it needs the JSON list")
	}
	u, err := absolute(strings.TrimSpace(address))
	switch {
	case err != nil:
		return Webhook{}, err
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return Webhook{}, errors.New("is not an https URL (http is for a receiver on this machine)")
	}
	return Webhook{Kind: kind, URL: Secret(u.String())}, nil
}

func events(v string) (list []alert.Kind, err error) {
	for item := range strings.SplitSeq(v, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		i := slices.IndexFunc(alert.Kinds(), func(k alert.Kind) bool { return strings.EqualFold(string(k), item) })
		if i < 0 {
			return nil, fmt.Errorf("lists %q, which is none of %s", item, kinds(", ", anyKind))
		}
		if kind := alert.Kinds()[i]; !slices.Contains(list, kind) {
			list = append(list, kind)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("names no event")
	}
	return list, nil
}

func anyKind(alert.About) bool { return true }

func kinds(between string, of func(alert.About) bool) string {
	var names []string
	for _, a := range alert.All() {
		if of(a) {
			names = append(names, string(a.Kind))
		}
	}
	return strings.Join(names, between)
}

// signingKey checks the length that keeps an HMAC-SHA256 key from being guessed.
func signingKey(v string) (Secret, error) {
	if encoded, ok := strings.CutPrefix(v, "whsec_"); ok {
		if _, err := hmacKey(encoded); err != nil {
			return "", errors.New("begins with whsec_, and the rest is not base64 of at least 16 bytes")
		}
		return Secret(v), nil
	}
	if len(v) < 16 {
		return "", errors.New("is shorter than 16 characters")
	}
	return Secret(v), nil
}

package settings

import (
	"errors"
	"regexp"
	"strconv"
)

// maxEventStreams leaves half of the host's places for calls (host.json,
// maxConcurrentRequests).
const maxEventStreams = 50

func liveSettings() []Setting {
	return []Setting{
		{Name: "EventStreams", Default: "0", Example: "20",
			Meaning: "how many calls at once, in each process, may follow an instance by `GET /api/instances/{id}/events`, at most 50; 0 turns it off", read: into(func(s *Settings) *int { return &s.EventStreams }, eventStreams)},
		{Name: "WebPubSubEndpoint", Example: "https://certgate.webpubsub.azure.com",
			Meaning: "Azure Web PubSub service that changes of instances are sent to, for `POST /api/live`; the app's identity needs the role Web PubSub Service Owner there", read: into(func(s *Settings) *string { return &s.WebPubSub.Endpoint }, bareURL)},
		{Name: "WebPubSubHub", Default: "certgate", Example: "certgate",
			Meaning: "hub of that service", read: into(func(s *Settings) *string { return &s.WebPubSub.Hub }, hub)},
	}
}

// WebPubSub is where changes are sent; none without an endpoint.
type WebPubSub struct{ Endpoint, Hub string }

// hubForm is the service's own rule.
var hubForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,127}$`)

func hub(value string) (string, error) {
	if !hubForm.MatchString(value) {
		return "", errors.New("is not the name of a hub: a letter, then letters, digits and underscores, 128 at most")
	}
	return value, nil
}

func eventStreams(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > maxEventStreams {
		return 0, errors.New("is not a number from 0 to 50")
	}
	return n, nil
}

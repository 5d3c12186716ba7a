package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
)

// Kind is the form that a receiver understands.
type Kind string

const (
	JSON  Kind = "json"  // the alert itself; docs/notifications.md describes it
	Slack Kind = "slack" // an incoming webhook of a Slack app
	Teams Kind = "teams" // a Workflows webhook of Microsoft Teams
)

// Target is one receiver. Formatting shows its kind and host only.
type Target struct {
	Kind Kind
	url  *url.URL
	hash string
}

// NewTarget makes a receiver of a URL that has been checked. An error does not
// repeat the URL.
func NewTarget(kind Kind, address string) (Target, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return Target{}, fmt.Errorf("the URL of a %s receiver cannot be read", kind)
	}
	// Eight bytes tell ten receivers apart and say nothing of a URL whose secret
	// part cannot be guessed.
	sum := sha256.Sum256([]byte(string(kind) + "=" + u.String()))
	return Target{Kind: kind, url: u, hash: hex.EncodeToString(sum[:8])}, nil
}

// Host is what may be shown of the URL.
func (t Target) Host() string { return t.url.Host }

func (t Target) String() string   { return string(t.Kind) + " receiver " + t.Host() }
func (t Target) GoString() string { return t.String() }

// scrub takes the secret parts of the URL out of a text for the log.
func (t Target) scrub(text string) string {
	for _, secret := range []string{t.url.String(), t.url.RequestURI(), t.url.EscapedPath(), t.url.Path, t.url.RawQuery} {
		if len(secret) > 1 {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return text
}

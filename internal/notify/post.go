package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/retryafter"
)

// result is what an attempt came to. reason continues a sentence that begins
// with the receiver; it is for people, err for the log. Neither has the URL.
type result struct {
	delivered  bool
	final      bool // no further attempt helps
	reason     string
	retryAfter time.Duration
	err        string
}

// post makes one request. It goes through the transport and not a client, which
// would follow redirects (a receiver must not lead this process to other
// addresses) and put the URL into its errors.
func (n *Notifier) post(ctx context.Context, t durable.Turn, target Target, s notification) result {
	body, err := json.Marshal(payload(target.Kind, s.Alert))
	if err != nil {
		return result{final: true, reason: "was sent nothing, because the notification cannot be encoded", err: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.url.String(), bytes.NewReader(body))
	if err != nil {
		return result{final: true, reason: "has a URL that cannot be used", err: target.scrub(err.Error())}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "certgate")
	req.Header.Set("Idempotency-Key", t.Instance)
	if target.Kind == JSON {
		sign(req.Header, n.key, t, body)
	}
	resp, err := n.transport.RoundTrip(req)
	if err != nil {
		return result{reason: noAnswer(err, n.timeout), err: target.scrub(err.Error())}
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) // so that the connection can be used again
	return judge(resp, said, t.Now)
}

// judge says what an answer means. Only what time may mend is tried again.
func judge(resp *http.Response, body []byte, now time.Time) result {
	status := resp.StatusCode
	reason := fmt.Sprintf("answered %d%s", status, slackWord(body))
	switch {
	case status >= 200 && status < 300:
		return result{delivered: true}
	case status >= 300 && status < 400:
		return result{final: true, reason: reason + ", a redirect, which is not followed; put the final URL into NotificationWebhooks"}
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return result{reason: reason, retryAfter: retryAfter(resp.Header, now)}
	}
	return result{final: true, reason: reason}
}

// slackForm is how Slack names the reason of a refusal. Nothing else of a body
// is repeated: error pages often quote the URL.
var slackForm = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)

func slackWord(body []byte) string {
	if word := strings.TrimSpace(string(body)); len(word) <= 40 && slackForm.MatchString(word) {
		return " (" + word + ")"
	}
	return ""
}

// noAnswer explains a request that got none.
func noAnswer(err error, timeout time.Duration) string {
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("did not answer within %s", timeout)
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "has a TLS certificate that is not trusted here"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "has a host name that DNS does not know"
	}
	return "could not be reached"
}

// retryAfter is the receiver's wish. More than half the time of a notification is
// not believed.
func retryAfter(h http.Header, now time.Time) time.Duration {
	return min(retryafter.In(h, now), deliverFor/2)
}

// sign adds the headers of Standard Webhooks 1.0: an id that stays the same over
// all attempts, the time of this one, and the signature over both and the body.
func sign(h http.Header, key []byte, t durable.Turn, body []byte) {
	timestamp := strconv.FormatInt(t.Now.Unix(), 10)
	h.Set("Webhook-Id", t.Instance)
	h.Set("Webhook-Timestamp", timestamp)
	if len(key) == 0 {
		return
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", t.Instance, timestamp, body)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// signingKey is the key of a secret: what is behind whsec_ is base64 in either
// alphabet, anything else is the key itself.
func signingKey(secret string) []byte {
	if encoded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		plain := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(encoded), "=")
		if key, err := base64.RawURLEncoding.DecodeString(plain); err == nil {
			return key
		}
	}
	return []byte(secret)
}

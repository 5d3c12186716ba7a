// Package webapi calls HTTP APIs of DNS providers that speak JSON, and turns their
// answers into the errors of package dnsproviders.
package webapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"certgate/internal/azureerror"
	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
)

// tryTimeout bounds one HTTP exchange.
const tryTimeout = 30 * time.Second

// maxBody bounds an answer; a page of a few hundred records is below 1 MiB.
const maxBody = 8 << 20

// Client is one API with its credentials. It is safe for concurrent use.
type Client struct {
	Service string // as it begins a sentence: "Cloudflare"
	Needs   string // what the credentials must be allowed: "Zone:Read and DNS:Edit …"
	Base    string // URL before the paths, without a slash at the end
	// Sign puts the credentials into a request.
	Sign func(r *http.Request)
	// HTTP is the client to send with; nil is one that follows no redirects, so
	// that credentials go nowhere else.
	HTTP *http.Client
}

// Call is one request.
type Call struct {
	Method, Path string // Path with its query
	Zone, Name   string // whom it is about, for what people read
	In           any    // the body as JSON; nil for none
	Out          any    // what the body of an answer of the 2xx kind is read into; nil for none
	// Accept are further statuses that the caller understands; Raw then is the body.
	Accept []int
	Raw    *[]byte
}

// usual has connections of its own: whoever closes the idle ones of the default
// transport, as httptest's servers do, breaks no request of these.
var usual = http.DefaultTransport.(*http.Transport).Clone()

var direct = &http.Client{Transport: usual, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Do sends a request once. status is of an answer that is 2xx or accepted; the
// errors are those of dnsproviders.Account.
func (c *Client) Do(ctx context.Context, call Call) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	verb := call.Method + " " + strings.SplitN(call.Path, "?", 2)[0]
	req, err := c.request(ctx, call)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", verb, err)
	}
	client := c.HTTP
	if client == nil {
		client = direct
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, azureerror.Unanswered(c.Service, verb, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return 0, azureerror.Unanswered(c.Service, verb, err)
	}
	if call.Raw != nil {
		*call.Raw = raw
	}
	switch ok := resp.StatusCode >= 200 && resp.StatusCode <= 299; {
	case slices.Contains(call.Accept, resp.StatusCode):
		return resp.StatusCode, nil
	case !ok:
		return 0, c.Explain(call, resp.StatusCode, resp.Header, raw)
	case call.Out != nil:
		if err := json.Unmarshal(raw, call.Out); err != nil {
			return 0, &durable.Transient{Public: c.Service + " gave an answer that is not understood.", Err: fmt.Errorf("%s: %w", verb, err)}
		}
	}
	return resp.StatusCode, nil
}

// Explain is the error for an answer that is none of the expected.
func (c *Client) Explain(call Call, status int, header http.Header, raw []byte) error {
	sentence := sentenceOf(raw)
	return dnsproviders.Answer{Service: c.Service, Needs: c.Needs, Zone: call.Zone, Name: call.Name, Status: status, Header: header,
		Sentence: sentence, Err: fmt.Errorf("%s %s: HTTP %d %s", call.Method, strings.SplitN(call.Path, "?", 2)[0], status, sentence)}.Explain()
}

func (c *Client) request(ctx context.Context, call Call) (*http.Request, error) {
	var body io.Reader
	if call.In != nil {
		raw, err := json.Marshal(call.In)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, c.Base+call.Path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "certgate")
	if call.In != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	c.Sign(req)
	return req, nil
}

// maxSentence bounds what is stored and shown of a service's sentence.
const maxSentence = 300

// sentenceOf finds what a service says in an error, wherever it says it.
func sentenceOf(raw []byte) string {
	for _, path := range []string{"errors.0.message", "error.message", "message", "detail", "non_field_errors.0", "error"} {
		if v := gjson.GetBytes(raw, path); v.Type == gjson.String {
			text := strings.Join(strings.Fields(v.String()), " ")
			if runes := []rune(text); len(runes) > maxSentence {
				text = string(runes[:maxSentence]) + "…"
			}
			return text
		}
	}
	return ""
}

// Bearer signs with a token.
func Bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

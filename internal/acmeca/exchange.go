package acmeca

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// requestTimeout bounds one request with its reply.
	requestTimeout = 30 * time.Second
	// maxReply is far above any order or chain; more is not ACME.
	maxReply = 1 << 20
)

// exchange is the round tripper of one call. http.Client and lego use it from
// the goroutine of the call only, so it needs no lock.
type exchange struct {
	ctx       context.Context
	ca        *CA
	directory *directory // nil for unsigned requests

	last reply // the last reply from the wire; zero if the last request had none
	err  error // why it had none
}

// reply is what the authority answered, read to the end.
type reply struct {
	url    *url.URL // that was asked
	status int
	header http.Header
	body   []byte
	// conflict is an earlier reply of the same call, with status 409, after which
	// lego asked again without replaces; nil as a rule.
	conflict *reply
}

// client wraps the exchange for one Core: lego replaces the Transport of the
// client it is given, so clients are never shared.
func (x *exchange) client() *http.Client {
	return &http.Client{Transport: x, CheckRedirect: checkRedirect}
}

// checkRedirect follows a few redirects of plain reads. A signed request names
// its URL in the signature, so a redirect of one is an answer, not a way.
func checkRedirect(_ *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet {
		return http.ErrUseLastResponse
	}
	if len(via) > 5 {
		return errors.New("redirected more than 5 times")
	}
	return nil
}

// RoundTrip answers reads of the directory and of new nonces from memory. All
// else goes out under the call's context; the nonce of the reply goes to the
// pool and is taken off the reply, or lego would use it a second time.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	wantsNonce := false
	if x.directory != nil {
		switch {
		case req.Method == http.MethodGet && req.URL.String() == x.directory.url:
			return (&reply{status: http.StatusOK, header: http.Header{}, body: x.directory.raw}).response(req), nil
		case req.Method == http.MethodHead && req.URL.String() == x.directory.NewNonceURL:
			if nonce := x.ca.nonces.take(x.ca.now()); nonce != "" {
				return (&reply{status: http.StatusOK, header: http.Header{"Replay-Nonce": {nonce}}}).response(req), nil
			}
			wantsNonce = true
		}
	}
	conflict := x.last.conflict
	if before := x.last; before.status == http.StatusConflict {
		conflict = &before
	}
	x.last, x.err = reply{}, nil
	r, err := x.send(req)
	if err != nil {
		x.err = err
		return nil, err
	}
	r.conflict = conflict
	x.last = r
	if !wantsNonce || r.status >= http.StatusBadRequest {
		x.ca.nonces.put(r.header.Get("Replay-Nonce"), x.ca.now())
		r.header.Del("Replay-Nonce")
	}
	return r.response(req), nil
}

// send reads the whole reply, so that no caller can leak the connection.
func (x *exchange) send(req *http.Request) (reply, error) {
	if req.URL.Scheme != "https" { // RFC 8555 section 6.1
		return reply{}, fmt.Errorf("%s is not an https URL", req.URL)
	}
	ctx, cancel := context.WithTimeout(x.ctx, requestTimeout)
	defer cancel()
	resp, err := x.ca.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, maxReply))
	if err != nil {
		return reply{}, fmt.Errorf("read reply with status %d: %w", resp.StatusCode, err)
	}
	r := reply{url: req.URL, status: resp.StatusCode, header: resp.Header.Clone(), body: bytes.TrimPrefix(body, byteOrderMark)}
	if location := r.header.Get("Location"); location != "" {
		r.header.Set("Location", r.absolute(location))
	}
	return r, nil
}

// byteOrderMark stands before the JSON of some authorities; RFC 8259 section 8.1
// forbids to send it and allows to ignore it.
var byteOrderMark = []byte("\ufeff")

// absolute resolves a reference that the reply has against its own URL (RFC 9110
// section 10.2.2 allows them in Location; authorities write them in JSON too).
func (r *reply) absolute(reference string) string {
	if reference == "" || r.url == nil {
		return reference
	}
	to, err := r.url.Parse(reference)
	if err != nil {
		return reference
	}
	return to.String()
}

func (r *reply) response(req *http.Request) *http.Response {
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)),
		StatusCode:    r.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        r.header.Clone(),
		Body:          io.NopCloser(bytes.NewReader(r.body)),
		ContentLength: int64(len(r.body)),
		Request:       req,
	}
}

// get is an unsigned read: the directory or renewal information. A reply with
// any status is not an error.
func (ca *CA) get(ctx context.Context, url string) (reply, error) {
	x := &exchange{ctx: ctx, ca: ca}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("User-Agent", ca.userAgent) // required: RFC 8555 section 6.1
	req.Header.Set("Accept", "application/json")
	resp, err := x.client().Do(req)
	if err != nil {
		return reply{}, err
	}
	resp.Body.Close()
	return x.last, nil
}

// defaultTransport keeps a few connections to the one host it talks to.
func defaultTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 8
	return t
}

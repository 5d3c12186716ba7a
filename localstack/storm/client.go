package storm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"certgate/localstack"
	"certgate/localstack/pause"
)

// client calls the API as a careful program does: it repeats a call whose reply
// was lost, and keeps every reply so that the audit can look for secrets in it.
type client struct {
	api     string
	bearer  string // sent along with every call; a secret that must turn up nowhere
	http    *http.Client
	replies *os.File

	mu    sync.Mutex
	posts map[string]int // POSTs by what was asked for, repeats too
}

func newClient(api, bearer string, replies *os.File) *client {
	return &client{api: api, bearer: bearer, replies: replies, http: &http.Client{Timeout: 30 * time.Second}, posts: map[string]int{}}
}

// Instance is an instance as the API shows it.
type Instance struct {
	Name          string    `json:"name"`
	ID            string    `json:"instanceId"`
	RuntimeStatus string    `json:"runtimeStatus"`
	CreatedTime   time.Time `json:"createdTime"`
	Input         struct {
		Hostnames []struct {
			Hostname string `json:"hostname"`
		} `json:"hostnames"`
	} `json:"input"`
	CustomStatus struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Error   string `json:"error"`
	} `json:"customStatus"`
	Output struct {
		CertificateName string `json:"certificateName"`
		Version         string `json:"version"`
	} `json:"output"`
	Children []struct {
		Hostname   string `json:"hostname"`
		InstanceID string `json:"instanceId"`
	} `json:"children"`
}

func (i Instance) ended() bool { return i.completed() || i.failed() || i.terminated() }

func (i Instance) completed() bool  { return i.RuntimeStatus == "Completed" }
func (i Instance) failed() bool     { return i.RuntimeStatus == "Failed" }
func (i Instance) terminated() bool { return i.RuntimeStatus == "Terminated" }

// hostnames are those that the instance is about.
func (i Instance) hostnames() []string {
	var all []string
	for _, h := range i.Input.Hostnames {
		all = append(all, h.Hostname)
	}
	return all
}

// refused is a reply that no repeat changes.
type refused struct {
	status int
	code   string
	body   string
}

func (r *refused) Error() string { return fmt.Sprintf("the API answers %d: %s", r.status, r.body) }

// codeOf is the API's error code of a refusal, "" for anything else.
func codeOf(err error) string {
	var r *refused
	if errors.As(err, &r) {
		return r.code
	}
	return ""
}

// again is the pause before a call is repeated.
const again = 500 * time.Millisecond

// call repeats until there is a reply that counts: anything but 5xx and 429. token
// is that of a page, "" for the first.
func (c *client) call(ctx context.Context, method, path, token string) (header http.Header, raw []byte, err error) {
	for {
		status, header, raw, err := c.once(ctx, method, path, token, nil)
		switch {
		case ctx.Err() != nil:
			return nil, nil, fmt.Errorf("%s %s: %w", method, path, ctx.Err())
		case err != nil || status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
			if err := pause.For(ctx, again); err != nil {
				return nil, nil, err
			}
			continue
		case status >= http.StatusBadRequest:
			r := &refused{status: status, body: string(raw)}
			var problem struct{ Code string }
			if json.Unmarshal(raw, &problem) == nil {
				r.code = problem.Code
			}
			return nil, nil, r
		}
		return header, raw, nil
	}
}

func (c *client) once(ctx context.Context, method, path, token string, body []byte) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.api+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	req.Header.Set(localstack.PrincipalHeader, localstack.Principal("storm", "admin"))
	if token != "" {
		req.Header.Set(continuation, token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, nil, err
	}
	if _, err := c.replies.Write(append(raw, '\n')); err != nil { // one write: replies come at the same time
		return 0, nil, nil, fmt.Errorf("keep a reply: %w", err)
	}
	return resp.StatusCode, resp.Header, raw, nil
}

// start asks for an instance. what names what is asked for: an accepted call whose
// reply was lost is repeated, and may start a second instance if the first has
// ended by then; the audit counts.
func (c *client) start(ctx context.Context, what, method, path string, body []byte) (id string, err error) {
	for {
		c.mu.Lock()
		c.posts[what]++
		c.mu.Unlock()
		status, _, raw, err := c.once(ctx, method, path, "", body)
		if ctx.Err() != nil {
			return "", fmt.Errorf("%s %s: %w", method, path, ctx.Err())
		}
		var reply struct{ ID, Code string }
		switch {
		case err != nil || status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		case status != http.StatusAccepted:
			_ = json.Unmarshal(raw, &reply) // without a code there is still the status
			return "", &refused{status: status, code: reply.Code, body: string(raw)}
		case json.Unmarshal(raw, &reply) != nil || reply.ID == "":
			return "", fmt.Errorf("%s %s: 202 without an id: %s", method, path, raw)
		default:
			return reply.ID, nil
		}
		if err := pause.For(ctx, again); err != nil {
			return "", err
		}
	}
}

// postsFor is how many POSTs asked for something, repeats included.
func (c *client) postsFor(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.posts[what]
}

// instance reads the status of an instance.
func (c *client) instance(ctx context.Context, id string) (i Instance, err error) {
	_, raw, err := c.call(ctx, http.MethodGet, "/api/instances/"+url.PathEscape(id)+"?showOutput=true", "")
	if err == nil {
		err = json.Unmarshal(raw, &i)
	}
	if err != nil {
		return i, fmt.Errorf("status of instance %s: %w", id, err)
	}
	return i, nil
}

// continuation leads from page to page.
const continuation = "x-ms-continuation-token"

// instances lists all that the API knows, newest first.
func (c *client) instances(ctx context.Context) (all []Instance, err error) {
	for token, more := "", true; more; more = token != "" {
		header, raw, err := c.call(ctx, http.MethodGet, "/api/instances?top=500", token)
		var page []Instance
		if err == nil {
			err = json.Unmarshal(raw, &page)
		}
		if err != nil {
			return nil, fmt.Errorf("list the instances: %w", err)
		}
		all, token = append(all, page...), header.Get(continuation)
	}
	return all, nil
}

// Package apiclient calls certgate's API as a signed-in person does, for programs
// and tests that run it on the local stack: it starts instances, follows their
// statuses as often as the replies ask for, and fires timers by hand.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"certgate/localstack/pause"
)

// Client calls one API. Its members must not change once it is in use.
type Client struct {
	// Base is the address before /api, without a slash at the end.
	Base string
	// Principal is who calls: see the function of that name.
	Principal string
	// MasterKey opens /admin; it goes along with calls to it alone.
	MasterKey string
	// Bearer, if not "", goes along with every call.
	Bearer string
	// Repeat is the pause before a call is repeated that had no reply, or one with
	// 429 or 5xx; 0 repeats nothing.
	Repeat time.Duration
	// Timeout bounds one request; 0 does not.
	Timeout time.Duration
	// Kept gets the body of every reply, a line each; nil keeps none.
	Kept io.Writer
}

// Call is one call of the API.
type Call struct {
	Method, Path string // the path begins with /api or /admin and may have a query
	Body         []byte
	// Token leads to the next page of a list.
	Token string
	// Tried, if not nil, is told of each attempt.
	Tried func()
}

// Reply is what the API answered.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// again is when to ask the next time, at least a second later.
func (r Reply) again() time.Duration {
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		seconds = 1
	}
	return time.Duration(seconds) * time.Second
}

// Refused is a reply with a status of 400 or more.
type Refused struct {
	Status int
	Code   string // the API's own, "" if there is none
	Body   string
}

func (r *Refused) Error() string { return fmt.Sprintf("the API answers %d %s", r.Status, r.Body) }

// CodeOf is the API's error code of a refusal, "" for any other error.
func CodeOf(err error) string {
	var r *Refused
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

// Do makes the call, and repeats it if the client is to. A status of 400 or more is
// an error of type *Refused.
func (c *Client) Do(ctx context.Context, call Call) (Reply, error) {
	for {
		reply, err := c.Once(ctx, call)
		passes := err != nil || reply.Status >= http.StatusInternalServerError || reply.Status == http.StatusTooManyRequests
		if passes && c.Repeat > 0 && pause.For(ctx, c.Repeat) == nil {
			continue
		}
		if err == nil && reply.Status >= http.StatusBadRequest {
			var problem struct{ Code string }
			_ = json.Unmarshal(reply.Body, &problem) // without a code there is still the status
			err = &Refused{Status: reply.Status, Code: problem.Code, Body: string(reply.Body)}
		}
		if err != nil {
			return reply, fmt.Errorf("%s %s: %w", call.Method, call.Path, err)
		}
		return reply, nil
	}
}

// Once makes the call a single time and returns whatever is answered.
func (c *Client) Once(ctx context.Context, call Call) (reply Reply, err error) {
	if call.Tried != nil {
		call.Tried()
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, c.Base+call.Path, bytes.NewReader(call.Body))
	if err != nil {
		return reply, err
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{PrincipalHeader: c.Principal, "Authorization": c.Bearer, continuation: call.Token} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if strings.HasPrefix(call.Path, "/admin/") {
		req.Header.Set("x-functions-key", c.MasterKey)
	}
	resp, err := (&http.Client{Timeout: c.Timeout}).Do(req)
	if err != nil {
		return reply, err
	}
	defer resp.Body.Close()
	reply = Reply{Status: resp.StatusCode, Header: resp.Header}
	if reply.Body, err = io.ReadAll(resp.Body); err != nil {
		return reply, err
	}
	if c.Kept != nil {
		if _, err := c.Kept.Write(append(reply.Body, '\n')); err != nil { // one write: replies come at the same time
			return reply, fmt.Errorf("keep a reply: %w", err)
		}
	}
	return reply, nil
}

// read makes a call that changes nothing and decodes its reply.
func (c *Client) read(ctx context.Context, path, token string, into any) (Reply, error) {
	reply, err := c.Do(ctx, Call{Method: http.MethodGet, Path: path, Token: token})
	if err == nil {
		err = json.Unmarshal(reply.Body, into)
	}
	return reply, err
}

// Get reads what is at the path.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	_, err := c.read(ctx, path, "", into)
	return err
}

// Start makes a call that starts an instance. An accepted call whose reply was lost
// is repeated if the client repeats, and may start a second instance if the first
// has ended by then. first is when to look at it.
func (c *Client) Start(ctx context.Context, call Call) (id string, first time.Duration, err error) {
	reply, err := c.Do(ctx, call)
	if err != nil {
		return "", 0, err
	}
	var accepted struct{ ID string }
	if json.Unmarshal(reply.Body, &accepted) != nil || accepted.ID == "" || reply.Status != http.StatusAccepted {
		return "", 0, fmt.Errorf("%s %s: %d without an id: %s", call.Method, call.Path, reply.Status, reply.Body)
	}
	return accepted.ID, reply.again(), nil
}

// Request starts the certificate of a hostname, or of many under one instance.
func (c *Client) Request(ctx context.Context, hostnames ...string) (id string, first time.Duration, err error) {
	return c.Start(ctx, Asking(hostnames...))
}

// Asking is the call for the certificate of a hostname, or of many under one
// instance.
func Asking(hostnames ...string) Call {
	path := "/api/AddCertificateFunctions_HttpStart"
	if len(hostnames) > 1 {
		path = "/api/AddMultipleCertificatesFunctions_HttpStart"
	}
	return asking(path, hostnames, false)
}

// AskingOn is Asking for many that each are to be on a gateway of their own choice, by its
// name in the settings.
func AskingOn(hostnames []string, gateway func(hostname string) string) Call {
	wanted := []map[string]string{}
	for _, hostname := range hostnames {
		wanted = append(wanted, map[string]string{"hostname": hostname, "gateway": gateway(hostname)})
	}
	return post("/api/AddMultipleCertificatesFunctions_HttpStart", map[string]any{"hostnames": wanted})
}

// TakingOver is Asking for a hostname whose listener has another's certificate.
func TakingOver(hostname string) Call {
	return asking("/api/AddCertificateFunctions_HttpStart", []string{hostname}, true)
}

// AskingForOne is the call for one certificate of all the hostnames.
func AskingForOne(hostnames ...string) Call {
	return asking("/api/AddSanCertificateFunctions_HttpStart", hostnames, false)
}

func asking(path string, hostnames []string, takeOver bool) Call {
	wanted := []map[string]string{}
	for _, hostname := range hostnames {
		wanted = append(wanted, map[string]string{"hostname": hostname})
	}
	request := map[string]any{"hostnames": wanted}
	if takeOver {
		request["takeOver"] = true
	}
	return post(path, request)
}

func post(path string, request map[string]any) Call {
	body, err := json.Marshal(request)
	if err != nil {
		panic(err) // strings always encode
	}
	return Call{Method: http.MethodPost, Path: path, Body: body}
}

// Fire runs a timer function at once, as the portal's "Run" does. It returns when
// the host has taken the call, not when the function is done.
func (c *Client) Fire(ctx context.Context, function string) error {
	reply, err := c.Do(ctx, Call{Method: http.MethodPost, Path: "/admin/functions/" + function, Body: []byte("{}")})
	if err == nil && reply.Status != http.StatusAccepted {
		err = fmt.Errorf("run %s: status %d", function, reply.Status)
	}
	return err
}

// continuation leads from page to page.
const continuation = "x-ms-continuation-token"

// Instances lists all that the API knows, newest first.
func (c *Client) Instances(ctx context.Context) (all []Instance, err error) {
	for token, more := "", true; more; more = token != "" {
		var page []Instance
		reply, err := c.read(ctx, "/api/instances?top=500", token, &page)
		if err != nil {
			return nil, fmt.Errorf("list the instances: %w", err)
		}
		all, token = append(all, page...), reply.Header.Get(continuation)
	}
	return all, nil
}

func instancePath(id, query string) string {
	return strings.TrimSuffix("/api/instances/"+id+"?"+query, "?")
}

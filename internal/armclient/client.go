// Package armclient reads and puts resources of Azure Resource Manager by their ids, of
// whatever kind they are. It knows no kind: what a resource means, its caller says.
package armclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"certgate/internal/azureerror"
	"certgate/internal/delivery"
	"certgate/internal/retryafter"
)

var _ delivery.Resources = (*Client)(nil)

const (
	// tryTimeout is longer than the services take that answer a PUT when it is done (App
	// Service: nine seconds, as recorded).
	tryTimeout = 40 * time.Second
	maxRetries = 2
)

// Client is a way to Resource Manager that holds no state between calls.
type Client struct{ arm *arm.Client }

// New makes a Client. It does no I/O.
func New(credential azcore.TokenCredential, options arm.ClientOptions) (*Client, error) {
	options.DisableRPRegistration = true
	options.Retry = policy.RetryOptions{MaxRetries: maxRetries, RetryDelay: 500 * time.Millisecond, MaxRetryDelay: 3 * time.Second, TryTimeout: tryTimeout}
	client, err := arm.NewClient("certgate", "v1.0.0", azureerror.MarkTokens(credential), &options)
	if err != nil {
		return nil, fmt.Errorf("resource manager: %w", err)
	}
	return &Client{client}, nil
}

// Get implements delivery.Resources.
func (c *Client) Get(ctx context.Context, id, apiVersion string) ([]byte, error) {
	req, err := c.request(ctx, http.MethodGet, id, apiVersion)
	if err != nil {
		return nil, err
	}
	resp, err := c.do(req)
	var refused *refusal
	if errors.As(err, &refused) && refused.status == http.StatusNotFound && !refused.ofParent() {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read", id, err)
	}
	raw, err := runtime.Payload(resp)
	if err != nil {
		return nil, explain("read", id, err)
	}
	return raw, nil
}

// Put implements delivery.Resources. It is sent once: what became of it shows the next Get.
func (c *Client) Put(ctx context.Context, id, apiVersion string, body any) (operation string, after time.Duration, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return "", 0, fmt.Errorf("encode the body of %s: %w", id, err)
	}
	ctx = policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1, TryTimeout: tryTimeout})
	req, err := c.request(ctx, http.MethodPut, id, apiVersion)
	if err != nil {
		return "", 0, err
	}
	if err := req.SetBody(streaming.NopCloser(bytes.NewReader(raw)), "application/json"); err != nil {
		return "", 0, fmt.Errorf("put %s: %w", id, err)
	}
	resp, err := c.do(req)
	if err != nil {
		return "", 0, explain("write", id, err)
	}
	after = retryafter.In(resp.Header, time.Now())
	if resp.Header.Get("Azure-AsyncOperation") == "" && resp.StatusCode != http.StatusAccepted {
		return "", after, nil
	}
	poller, err := runtime.NewPoller[json.RawMessage](resp, c.arm.Pipeline(), nil)
	if err != nil || poller.Done() {
		return "", after, nil //nolint:nilerr // the next Get tells how the resource stands
	}
	token, err := poller.ResumeToken()
	if err != nil {
		return "", after, fmt.Errorf("follow %s: %w", id, err)
	}
	return token, after, nil
}

// Follow implements delivery.Resources. An operation that failed is a refusal.
func (c *Client) Follow(ctx context.Context, operation string) (done bool, after time.Duration, err error) {
	poller, err := runtime.NewPollerFromResumeToken[json.RawMessage](operation, c.arm.Pipeline(), nil)
	if err != nil {
		return true, 0, nil //nolint:nilerr // of another release: the resource tells
	}
	resp, err := poller.Poll(ctx)
	if err == nil && poller.Done() {
		_, err = poller.Result(ctx)
	}
	var answer *azcore.ResponseError
	if errors.As(err, &answer) && answer.RawResponse != nil {
		if answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone {
			return true, 0, nil
		}
		err = refusalOf(answer.RawResponse)
	}
	if err != nil {
		return false, 0, explain("follow the change of", "the target", err)
	}
	return poller.Done(), retryafter.In(resp.Header, time.Now()), nil
}

func (c *Client) request(ctx context.Context, method, id, apiVersion string) (*policy.Request, error) {
	req, err := runtime.NewRequest(ctx, method, strings.TrimRight(c.arm.Endpoint(), "/")+id)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", id, err)
	}
	req.Raw().URL.RawQuery = url.Values{"api-version": {apiVersion}}.Encode()
	req.Raw().Header.Set("Accept", "application/json")
	return req, nil
}

func (c *Client) do(req *policy.Request) (*http.Response, error) {
	resp, err := c.arm.Pipeline().Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, refusalOf(resp)
	}
	return resp, nil
}

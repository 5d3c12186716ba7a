// Package appgateway reads and writes one Azure Application Gateway (v2) through
// Azure Resource Manager, and follows its updates. What is in the document, and how
// it is edited, is for package gatewaydoc.
//
// A second PUT does not wait for the first one, it cancels it. This package only
// reports that (ChangedError, Superseded); package gatewaylane makes sure that
// certgate itself has one writer per gateway.
package appgateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"certgate/internal/azureerror"
	"certgate/internal/gatewaydoc"
)

// apiVersion of Microsoft.Network. A document is read and written with the same
// version, so that its members mean the same both ways. The service hides what is
// newer than the version asked for: this is the first one that shows certificates
// of a managed HSM.
const apiVersion = "2025-07-01"

// tryTimeout bounds one HTTP exchange. ARM answers a PUT of a gateway within
// seconds; the work itself is polled for.
const tryTimeout = 30 * time.Second

// Config says which gateway, and how to reach it.
type Config struct {
	SubscriptionID string
	ResourceGroup  string
	Name           string
	Credential     azcore.TokenCredential
	// Options choose the cloud and the transport. Their zero value is the public
	// cloud. Retry limits that are not set are kept short, because a step of a
	// flow waits by message and not by sleeping.
	Options arm.ClientOptions
}

// Client is one gateway. It is safe for concurrent use.
type Client struct {
	id   string
	name string
	arm  *arm.Client

	mu        sync.Mutex
	addresses []netip.Addr
	readAt    time.Time
	policies  map[string]policyRules // by id
}

// New makes a Client. It does no I/O.
func New(c Config) (*Client, error) {
	if c.SubscriptionID == "" || c.ResourceGroup == "" || c.Name == "" {
		return nil, errors.New("application gateway: subscription, resource group and name are all needed")
	}
	options := c.Options
	// Registration answers a 409 with writes to the subscription, which was not asked for.
	options.DisableRPRegistration = true
	if options.Retry.MaxRetries == 0 {
		options.Retry.MaxRetries = 2
	}
	if options.Retry.RetryDelay == 0 {
		options.Retry.RetryDelay = 500 * time.Millisecond
	}
	if options.Retry.MaxRetryDelay == 0 {
		options.Retry.MaxRetryDelay = 3 * time.Second
	}
	if options.Retry.TryTimeout == 0 {
		options.Retry.TryTimeout = tryTimeout
	}
	client, err := arm.NewClient("certgate", "v1.0.0", azureerror.MarkTokens(c.Credential), &options)
	if err != nil {
		return nil, fmt.Errorf("application gateway %s: %w", c.Name, err)
	}
	id := "/subscriptions/" + url.PathEscape(c.SubscriptionID) + "/resourceGroups/" + url.PathEscape(c.ResourceGroup) +
		"/providers/Microsoft.Network/applicationGateways/" + url.PathEscape(c.Name)
	return &Client{id: id, name: c.Name, arm: client}, nil
}

// ID is the gateway's resource id.
func (c *Client) ID() string { return c.id }

// get reads a resource by its id.
func (c *Client) get(ctx context.Context, resourceID string) (*http.Response, error) {
	req, err := c.request(ctx, http.MethodGet, resourceID)
	if err != nil {
		return nil, err
	}
	return c.do(req)
}

// put sends a document once: azcore's own retry would send the old document
// again after another writer's change, and so undo that change.
func (c *Client) put(ctx context.Context, doc *gatewaydoc.Document) (*http.Response, error) {
	raw, err := doc.Bytes()
	if err != nil {
		return nil, err
	}
	ctx = policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1, TryTimeout: tryTimeout})
	req, err := c.request(ctx, http.MethodPut, c.id)
	if err != nil {
		return nil, err
	}
	if etag := doc.ETag(); etag != "" {
		req.Raw().Header.Set("If-Match", etag)
	}
	if err := req.SetBody(streaming.NopCloser(bytes.NewReader(raw)), "application/json"); err != nil {
		return nil, err
	}
	return c.do(req)
}

func (c *Client) request(ctx context.Context, method, resourceID string) (*policy.Request, error) {
	req, err := runtime.NewRequest(ctx, method, strings.TrimRight(c.arm.Endpoint(), "/")+resourceID)
	if err != nil {
		return nil, err
	}
	req.Raw().URL.RawQuery = url.Values{"api-version": {apiVersion}}.Encode()
	req.Raw().Header.Set("Accept", "application/json")
	return req, nil
}

// do returns an answer of the 2xx kind, or an error: a *serviceError for every
// other answer.
func (c *Client) do(req *policy.Request) (*http.Response, error) {
	resp, err := c.arm.Pipeline().Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, serviceErrorOf(resp)
	}
	return resp, nil
}

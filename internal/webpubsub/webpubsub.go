// Package webpubsub speaks the two calls of Azure Web PubSub that certgate needs: a
// token for somebody who listens, and a message to a group. The service's own client for
// Go is not kept up.
package webpubsub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"

	"certgate/internal/azureerror"
)

const (
	apiVersion = "2024-12-01"
	scope      = "https://webpubsub.azure.com/.default"
	// listensFor is how long a token lets somebody connect. A connection outlives it.
	listensFor = time.Hour
	replyLimit = 64 << 10
)

// Config is where the service is, and who asks it.
type Config struct {
	Endpoint   string // https, without a trailing slash
	Hub        string
	Credential azcore.TokenCredential // with the role Web PubSub Service Owner
	Transport  policy.Transporter     // nil is the SDK's own
	EachTry    []policy.Policy
}

// Client is one hub of a service.
type Client struct {
	config   Config
	pipeline runtime.Pipeline
}

// New does no I/O.
func New(c Config) *Client {
	token := runtime.NewBearerTokenPolicy(c.Credential, []string{scope}, nil)
	return &Client{config: c, pipeline: runtime.NewPipeline("certgate", "1", runtime.PipelineOptions{PerRetry: append([]policy.Policy{token}, c.EachTry...)},
		// A message that is late is of no use, and who wants to listen asks again.
		&policy.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}, Transport: c.Transport})}
}

// Listener is a URL at which somebody hears a group, and may do nothing else: its token
// names no role. It lasts so long, and is a secret of whoever asked.
func (c *Client) Listener(ctx context.Context, user, group string) (address string, lasts time.Duration, err error) {
	query := url.Values{"userId": {user}, "group": {group}, "minutesToExpire": {strconv.Itoa(int(listensFor / time.Minute))}}
	var reply struct {
		Token string `json:"token"`
	}
	response, err := c.post(ctx, "/:generateToken", query, nil, http.StatusOK)
	if err != nil {
		return "", 0, err
	}
	if err := runtime.UnmarshalAsJSON(response, &reply); err != nil || reply.Token == "" {
		return "", 0, errors.New("web pubsub: the reply has no token")
	}
	return "wss" + strings.TrimPrefix(c.config.Endpoint, "https") + "/client/hubs/" + c.config.Hub + "?access_token=" + url.QueryEscape(reply.Token), listensFor, nil
}

// Send gives all who listen to a group a JSON text. A second call is a second message.
func (c *Client) Send(ctx context.Context, group string, text []byte) error {
	_, err := c.post(ctx, "/groups/"+url.PathEscape(group)+"/:send", url.Values{}, text, http.StatusAccepted)
	return err
}

// post returns a reply whose body was read within its limit. Errors name the status and
// neither the address nor the body.
func (c *Client) post(ctx context.Context, path string, query url.Values, body []byte, want int) (*http.Response, error) {
	query.Set("api-version", apiVersion)
	request, err := runtime.NewRequest(ctx, http.MethodPost, c.config.Endpoint+"/api/hubs/"+c.config.Hub+path+"?"+query.Encode())
	if err != nil {
		return nil, errors.New("web pubsub: the address is not valid")
	}
	if body != nil {
		if err := request.SetBody(streaming.NopCloser(strings.NewReader(string(body))), "application/json"); err != nil {
			return nil, fmt.Errorf("web pubsub: %w", err)
		}
	}
	response, err := c.pipeline.Do(request)
	if err != nil {
		return nil, fmt.Errorf("web pubsub: %w", azureerror.WithoutURL(err))
	}
	defer response.Body.Close()
	response.Body = http.MaxBytesReader(nil, response.Body, replyLimit)
	if _, err := runtime.Payload(response); err != nil {
		return nil, errors.New("web pubsub: the reply broke off or is too long")
	}
	switch {
	case response.StatusCode == want:
		return response, nil
	case response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden:
		return nil, fmt.Errorf("web pubsub answers %d: give the app's identity the role Web PubSub Service Owner on it", response.StatusCode)
	}
	return nil, fmt.Errorf("web pubsub answers %d", response.StatusCode)
}

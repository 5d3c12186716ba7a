package appgateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/gatewaydoc"
	"certgate/internal/retryafter"
)

// Operation is a write that ARM has taken on.
type Operation struct {
	// ResumeToken lets any process Poll the operation; empty if Done.
	ResumeToken string
	// Done: there is nothing to poll for. Whether the document stands is for a
	// new Read to tell.
	Done bool
	// RetryAfter is ARM's wish for the first Poll; 0 if it had none.
	RetryAfter time.Duration
}

// Write puts the whole document, once, on condition that the gateway still is
// the one that was read (If-Match). It does not wait for the operation.
//
// Errors: *ChangedError (read again and redo), *Refusal (this document never
// works), *durable.Failure, *durable.Transient. After a Transient the write may have
// been taken or not; a new Read tells.
func (c *Client) Write(ctx context.Context, doc *gatewaydoc.Document) (Operation, error) {
	resp, err := c.put(ctx, doc)
	if changed, ok := collision(err); ok {
		return Operation{}, changed
	}
	if err != nil {
		return Operation{}, c.explain("write", err)
	}
	after := retryafter.In(resp.Header, time.Now())
	if err := distrustState(resp); err != nil {
		return Operation{}, c.explain("write", err)
	}
	poller, err := runtime.NewPoller[json.RawMessage](resp, c.arm.Pipeline(), nil)
	if err != nil {
		return Operation{}, c.explain("write", err)
	}
	if poller.Done() {
		return Operation{Done: true}, nil
	}
	token, err := poller.ResumeToken()
	if err != nil {
		return Operation{}, c.explain("write", err)
	}
	return Operation{ResumeToken: token, RetryAfter: after}, nil
}

// distrustState hides the state in the first answer from the SDK if there is an
// operation to ask. The SDK takes any final state there for the result of this
// write; a gateway whose last change failed could still say "Failed".
func distrustState(resp *http.Response) error {
	if resp.Header.Get("Azure-AsyncOperation") == "" {
		return nil
	}
	raw, err := runtime.Payload(resp)
	if err != nil {
		return err
	}
	if !strings.EqualFold(gjson.GetBytes(raw, "properties.provisioningState").String(), "Succeeded") {
		resp.Body = io.NopCloser(bytes.NewReader([]byte("{}")))
	}
	return nil
}

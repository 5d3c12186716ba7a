package appgateway

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"certgate/internal/gatewaydoc"
)

// Read gets the gateway's document. Errors: *durable.Failure (access, not
// found), *durable.RetryLater (throttled), *durable.Transient.
func (c *Client) Read(ctx context.Context) (*gatewaydoc.Document, error) {
	resp, err := c.get(ctx, c.id)
	if err != nil {
		return nil, c.explain("read", err)
	}
	raw, err := runtime.Payload(resp)
	if err != nil {
		return nil, c.explain("read", err)
	}
	doc, err := gatewaydoc.Parse(raw)
	if err != nil {
		return nil, c.explain("read", fmt.Errorf("the answer of %d bytes: %w", len(raw), err))
	}
	c.knowRuleSets(ctx, doc)
	return doc, nil
}

package appgateway

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"
)

// Document is a gateway as ARM gave it, byte for byte.
type Document struct {
	Raw  []byte
	ETag string // sent as If-Match; "" writes unconditionally
}

// Read gets the gateway's document. Errors: *durable.Failure (access, not
// found), *durable.Later (throttled), *durable.Trouble.
func (c *Client) Read(ctx context.Context) (Document, error) {
	resp, err := c.get(ctx, c.id)
	if err != nil {
		return Document{}, c.explain("read", err)
	}
	raw, err := runtime.Payload(resp)
	if err != nil {
		return Document{}, c.explain("read", err)
	}
	if !gjson.ValidBytes(raw) {
		return Document{}, c.explain("read", fmt.Errorf("the answer of %d bytes is not JSON", len(raw)))
	}
	doc := Document{Raw: raw, ETag: resp.Header.Get("ETag")}
	if etag := gjson.GetBytes(raw, "etag").String(); etag != "" {
		doc.ETag = etag
	}
	return doc, nil
}

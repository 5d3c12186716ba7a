package appgateway

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"path"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/gatewaydoc"
)

// Endpoint is a public address of the gateway, with its DNS label in Azure if it
// has one ("gw.westeurope.cloudapp.azure.com").
type Endpoint struct {
	Address netip.Addr
	FQDN    string
}

// Endpoints reads the public addresses of the gateway in doc anew; none is not
// an error. Errors: as Read.
func (c *Client) Endpoints(ctx context.Context, doc *gatewaydoc.Document) ([]Endpoint, error) {
	var found []Endpoint
	for _, id := range doc.PublicIPs() {
		what := "read the public IP address " + path.Base(id) + " of"
		resp, err := c.get(ctx, id)
		var answer *serviceError
		if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
			continue // detached and deleted since the gateway was read
		}
		if err != nil {
			return nil, c.explain(what, err)
		}
		raw, err := runtime.Payload(resp)
		if err != nil {
			return nil, c.explain(what, err)
		}
		addr, err := netip.ParseAddr(gjson.GetBytes(raw, "properties.ipAddress").String())
		if err != nil {
			continue // Azure has not given it an address yet
		}
		found = append(found, Endpoint{Address: addr.Unmap(), FQDN: gjson.GetBytes(raw, "properties.dnsSettings.fqdn").String()})
	}
	return found, nil
}

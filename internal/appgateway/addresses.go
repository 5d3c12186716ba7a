package appgateway

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// addressesFor is how long addresses are remembered. The public addresses of a
// v2 gateway are static, so this only bounds how long a rebuilt gateway is missed.
const addressesFor = 5 * time.Minute

var _ issuance.Gateway = (*Client)(nil)

// PublicAddresses reads the gateway's public frontend addresses. A failure with
// CodeGatewayNoPublicIP says that there is none. Errors: as Read.
func (c *Client) PublicAddresses(ctx context.Context) ([]netip.Addr, error) {
	if known := c.knownAddresses(); known != nil {
		return known, nil
	}
	doc, err := c.Read(ctx)
	if err != nil {
		return nil, err
	}
	var found []netip.Addr
	for _, id := range doc.PublicIPs() {
		addr, err := c.PublicAddress(ctx, id)
		if err != nil {
			return nil, err
		}
		if addr.IsValid() {
			found = append(found, addr)
		}
	}
	if len(found) == 0 {
		return nil, gatewaydoc.NoPublicIP(c.id)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addresses, c.readAt = found, time.Now()
	return slices.Clone(found), nil
}

func (c *Client) knownAddresses() []netip.Addr {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.readAt) > addressesFor {
		return nil
	}
	return slices.Clone(c.addresses)
}

// PublicAddress reads one public IP resource; the zero Addr if Azure has not
// given it an address yet.
func (c *Client) PublicAddress(ctx context.Context, id string) (netip.Addr, error) {
	resp, err := c.get(ctx, id)
	var answer *serviceError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		return netip.Addr{}, nil // detached and deleted since the gateway was read
	}
	if err != nil {
		return netip.Addr{}, c.explain("read the public IP address "+path.Base(id)+" of", err)
	}
	raw, err := runtime.Payload(resp)
	if err != nil {
		return netip.Addr{}, c.explain("read the public IP address "+path.Base(id)+" of", err)
	}
	text := gjson.GetBytes(raw, "properties.ipAddress").String()
	if text == "" {
		return netip.Addr{}, nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, c.explain("read the public IP address "+path.Base(id)+" of", errors.New("its address is not an IP address"))
	}
	return addr.Unmap(), nil
}

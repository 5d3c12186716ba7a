package appgateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/durable"
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
	for _, id := range publicIPs(doc.Raw) {
		addr, err := c.publicAddress(ctx, id)
		if err != nil {
			return nil, err
		}
		if addr.IsValid() {
			found = append(found, addr)
		}
	}
	if len(found) == 0 {
		return nil, noPublicIP(c.name)
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

// publicIPs lists the ids of the public IP resources of the gateway's frontends.
func publicIPs(raw []byte) []string {
	var ids []string
	gjson.GetBytes(raw, "properties.frontendIPConfigurations").ForEach(func(_, f gjson.Result) bool {
		if id := f.Get("properties.publicIPAddress.id").String(); strings.HasPrefix(id, "/subscriptions/") {
			ids = append(ids, id)
		}
		return true
	})
	return ids
}

// publicAddress reads one public IP resource; the zero Addr if Azure has not
// given it an address yet.
func (c *Client) publicAddress(ctx context.Context, id string) (netip.Addr, error) {
	resp, err := c.get(ctx, id)
	var answer *serviceError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		return netip.Addr{}, nil // detached and deleted since the gateway was read
	}
	if err != nil {
		return netip.Addr{}, c.explain("read the public IP address "+lastSegment(id)+" of", err)
	}
	raw, err := runtime.Payload(resp)
	if err != nil {
		return netip.Addr{}, c.explain("read the public IP address "+lastSegment(id)+" of", err)
	}
	text := gjson.GetBytes(raw, "properties.ipAddress").String()
	if text == "" {
		return netip.Addr{}, nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, c.explain("read the public IP address "+lastSegment(id)+" of", errors.New("its address is not an IP address"))
	}
	return addr.Unmap(), nil
}

func noPublicIP(gateway string) error {
	return &durable.Failure{Code: issuance.CodeGatewayNoPublicIP, Message: fmt.Sprintf(
		"The Application Gateway %s has no public IP address, so hostnames cannot point to it. Give it a frontend with a public IP address.", gateway)}
}

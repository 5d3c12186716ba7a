package gatewayview

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"

	"certgate/internal/durable"
	"certgate/internal/gatewayprobe"
	"certgate/internal/issuance"
)

// Look is how a gateway answers for a hostname, from outside: begun over HTTP, and over
// HTTPS.
type Look struct {
	HTTP  gatewayprobe.Look `json:"http"`
	HTTPS gatewayprobe.Look `json:"https"`
}

// Look asks the gateway for the hostname, at its public addresses and nowhere else. What
// keeps answers from coming is in the result; an error is that the gateway's addresses
// could not be found out.
func (v *View) Look(ctx context.Context, gateway, hostname string) (look Look, err error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	addresses, err := v.publicAddresses(ctx, gateway)
	if err != nil {
		return look, err
	}
	var together sync.WaitGroup
	together.Go(func() { look.HTTP = v.probe.Look(ctx, "http", hostname, addresses) })
	together.Go(func() { look.HTTPS = v.probe.Look(ctx, "https", hostname, addresses) })
	together.Wait()
	return look, nil
}

// publicAddresses are those of a gateway: at least one.
func (v *View) publicAddresses(ctx context.Context, gateway string) ([]netip.Addr, error) {
	i := slices.IndexFunc(v.gateways, func(g Named) bool { return g.Name == gateway })
	if i < 0 {
		return nil, issuance.NoGateway(gateway)
	}
	addresses, err := v.gateways[i].PublicAddresses(ctx)
	if err == nil && len(addresses) == 0 {
		err = &durable.Transient{Public: "The gateway has no public IP address.", Err: errors.New("the gateway has no public address")}
	}
	return addresses, err
}

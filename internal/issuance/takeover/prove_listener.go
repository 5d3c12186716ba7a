package takeover

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// provedWithin is how long the gateway may take to show the certificate, if its reference
// was changed.
const provedWithin = 10 * time.Minute

// proveListener opens TLS for each hostname at each address: clients get the very
// certificate that was taken over.
func (p Ports) proveListener() durable.Step[adoption] {
	return durable.Step[adoption]{
		Name:   "ProveListenerStep",
		Says:   "Checking that the gateway serves the certificate of {hostname}.",
		Title:  "Check what the gateway serves",
		Within: provedWithin + time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *adoption) (durable.Outcome, error) {
			wrong := p.unproved(ctx, s)
			switch waited := t.Now.Sub(t.Since); {
			case wrong == "":
				return durable.Done(), nil
			case waited < provedWithin:
				return durable.Wait(min(max(waited/2, 2*time.Second), 30*time.Second), wrong), nil
			}
			return durable.Fail(issuance.CodeNotServed, wrong+" Everything is put back as it was."), nil
		},
	}
}

// unproved says where another certificate is served; "" if nowhere.
func (p Ports) unproved(ctx context.Context, s *adoption) string {
	for _, host := range s.Served {
		for _, addr := range s.Addresses {
			chain, err := p.Probe.ServedChainAt(ctx, host, netip.AddrPortFrom(addr.Unmap(), uint16(s.Port)))
			switch {
			case err != nil || len(chain) == 0:
				return fmt.Sprintf("The gateway does not serve %s over TLS at %s.", host, addr)
			case managed.SHA1Thumbprint(chain[0]) != s.Thumbprint:
				return fmt.Sprintf("The gateway at %s serves another certificate for %s than the one in Key Vault.", addr, host)
			}
		}
	}
	return ""
}

// Package takeover makes certgate the one who renews a certificate that is on the gateway
// already, as it is: the listener keeps its entry, the entry its secret, so nothing is
// ordered and the gateway is not written. It also says beforehand what a take-over would
// do, and leads back.
package takeover

import (
	"context"
	"net/netip"
	"time"

	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// Ports is what a take-over needs from the world.
type Ports struct {
	Surveyor Surveyor
	Vault    Vault
	Records  managed.Records
	Probe    Probe
	Lane     issuance.Pointer
	// Provable says why no authority could be given proof for these hostnames: a code and a
	// sentence; "" if one can.
	Provable func(hostnames []string) (code, why string)
	// HTTPSPort is that on which certgate installs; 0 means 443.
	HTTPSPort int
}

// Surveyor looks at listeners at this moment.
type Surveyor interface {
	// Afresh reads the gateway, and the vaults and TLS of these listeners. One that is not
	// there is left out. ingress: AGIC owns the gateway.
	Afresh(ctx context.Context, now time.Time, listeners []string) (rows []*inventory.Stored, ingress bool, err error)
}

// Vault is the vault of the settings.
type Vault interface {
	issuance.Newest
	// AtWork reports whether an operation on a certificate is in progress.
	AtWork(ctx context.Context, name string) (bool, error)
	// OurTags are the tags of a certificate that certgate takes over, in place of these;
	// fits is false if they are more than a certificate can have.
	OurTags(tags map[string]string, hostnames []string) (ours map[string]string, fits bool)
	// SetTags puts tags in place of those of a version. issuance.ErrGone if there is none.
	SetTags(ctx context.Context, name, version string, tags map[string]string) error
}

// Probe opens TLS. issuance.ErrNoListener if the gateway knows no such hostname.
type Probe interface {
	ServedChainAt(ctx context.Context, hostname string, at netip.AddrPort) ([][]byte, error)
}

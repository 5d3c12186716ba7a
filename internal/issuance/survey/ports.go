// Package survey walks over everything on the gateway that has a certificate, whoever
// made it: it asks the vaults who renews it, looks at what clients are served, stores a
// row for each, and tells people what will expire or cannot be renewed. It changes
// nothing on the gateway or in a vault, and shares no code with what renews.
package survey

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"certgate/internal/alert"
	"certgate/internal/inventory"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

// Ports is what the survey needs from the world.
type Ports struct {
	Records managed.Records
	Rows    inventory.Rows
	// Gateway is the default one; Others are the rest.
	Gateway Gateway
	Others  []Member
	Vaults  Vaults
	Probe   Probe
	// OwnVault is the address of the vault of the settings.
	OwnVault string
	// HTTPSPort is that on which certgate installs; 0 means 443.
	HTTPSPort int
	Alerts    alert.Sink
	// Now is for what no walk asks; nil for the clock.
	Now func() time.Time
	Log *slog.Logger

	name string // of Gateway
}

// Member is a gateway by its name in the settings.
type Member struct {
	Name string // "" is the default one
	Gateway
}

// On is the survey of one gateway alone, the default one if name is "".
func (p Ports) On(name string) Ports {
	for _, m := range p.Others {
		if m.Name == name {
			p.Gateway = m.Gateway
		}
	}
	p.Others, p.name = nil, name
	return p
}

// members are all gateways.
func (p Ports) members() []Member { return append([]Member{{p.name, p.Gateway}}, p.Others...) }

// Gateway reads the gateway.
type Gateway interface {
	// Inventory is one reading of the gateway's document.
	Inventory(ctx context.Context) (inventory.Gateway, error)
	// PublicAddress reads the address of a public IP resource; the zero Addr if it has
	// none.
	PublicAddress(ctx context.Context, id string) (netip.Addr, error)
}

// Vaults reads what vaults say of certificates, never a secret's value. It answers with
// a Trouble where a vault refuses or does not answer; the error is then for the log.
type Vaults interface {
	Facts(ctx context.Context, id secretid.ID) (inventory.VaultFacts, error)
	// Versions is the history of a certificate.
	Versions(ctx context.Context, id secretid.ID) ([]inventory.Version, error)
}

// Probe opens TLS. hostname "" sends no server name. issuance.ErrNoListener if the
// gateway knows no such hostname.
type Probe interface {
	ServedChainAt(ctx context.Context, hostname string, at netip.AddrPort) ([][]byte, error)
}

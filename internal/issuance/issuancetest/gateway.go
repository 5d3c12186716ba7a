package issuancetest

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/issuance/caa"
	"certgate/internal/issuance/managed"
)

// secretPoll is how often a gateway reads the vault by itself.
const secretPoll = 4 * time.Hour

// Gateway implements issuance.Gateway, Lane, Probe, ChallengeFiles and Resolver:
// everything that a hostname meets on its way in.
type Gateway struct {
	// Blind: the gateway's identity cannot read the vault.
	Blind bool
	// Away, if set, is why its listeners cannot be read.
	Away error
	// Refuse, if set, may refuse a change.
	Refuse func(l issuance.Listener) error
	// Full, if set, may say that a listener does not fit.
	Full func(l issuance.Listener) error
	// Instead, if set, is the leaf that is served for a hostname in place of its
	// listener's; nil for its own. A real gateway serves its first listener's certificate
	// for names that it does not know.
	Instead func(hostname string) []byte
	// AlsoOn is a gateway where every listener of this one is as well, for Listeners.
	AlsoOn string
	// LeadsTo is the gateway that DNS leads to in place of this one.
	LeadsTo *Gateway
	// Elsewhere, if set, says which hostnames do not lead to the gateway.
	Elsewhere func(hostname string) bool
	// Port80, if set, may answer a look at a validation file in its place; -1 is no answer.
	Port80 func() (status int)
	// Leads, if set, says where hostnames lead in place of the gateway.
	Leads func(hostname string) (found issuance.Addresses, ok bool)
	// Locked: nobody gets a connection to its port 443.
	Locked bool
	// Asked are the addresses at which validation files were looked at.
	Asked []netip.Addr
	// Records are the CAA records of every hostname.
	Records caa.Records
	// ResolverNote and PrivateView are what DNS has to say beside its answers.
	ResolverNote, PrivateView string

	now   func() time.Time
	vault *Vault

	mu        sync.Mutex
	listeners map[string]*listener // by hostname
	files     map[string]string
	Changes   int
	address   netip.Addr
	beside    []*Gateway // other gateways, for the probe
}

type listener struct {
	issuance.Listener
	leaf []byte
	read time.Time
}

var address = netip.MustParseAddr("203.0.113.7")

func newGateway(now func() time.Time, vault *Vault) *Gateway {
	return &Gateway{now: now, vault: vault, address: address, listeners: map[string]*listener{}, files: map[string]string{}}
}

// PublicAddresses implements issuance.Gateway.
func (g *Gateway) PublicAddresses(context.Context) ([]netip.Addr, error) {
	return []netip.Addr{g.address}, nil
}

// Listeners implements renewal.Installations.
func (g *Gateway) Listeners(context.Context) (map[string][]managed.Place, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Away != nil {
		return nil, g.Away
	}
	all := map[string][]managed.Place{}
	for _, l := range g.listeners {
		secret := strings.ToLower(l.SecretID)
		all[secret] = append(all[secret], managed.Place{Listener: hostname.ListenerName(l.Name)})
		if g.AlsoOn != "" {
			all[secret] = append(all[secret], managed.Place{Gateway: g.AlsoOn, Listener: hostname.ListenerName(l.Name)})
		}
	}
	return all, nil
}

// Remove takes the listener of a hostname away, as somebody else might.
func (g *Gateway) Remove(hostname string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.listeners, hostname)
}

// Has reports whether a hostname has a listener.
func (g *Gateway) Has(hostname string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.listeners[hostname] != nil
}

// Announce implements issuance.Lane: changes that are done at once are not shared.
func (g *Gateway) Announce(durable.Turn) {}

// Fits implements issuance.Lane.
func (g *Gateway) Fits(_ context.Context, l issuance.Listener) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Full == nil {
		return nil
	}
	return g.Full(l)
}

// Want implements issuance.Lane: a change is done at once, and with any change
// the gateway reads all of its secrets.
func (g *Gateway) Want(_ context.Context, _ durable.Turn, l issuance.Listener) (bool, []string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Refuse != nil {
		if err := g.Refuse(l); err != nil {
			return false, nil, err
		}
	}
	hostnames := l.Hostnames
	if len(hostnames) == 0 {
		hostnames = []string{l.Hostname}
	}
	changes := false
	for _, hostname := range hostnames {
		if stands := g.listeners[hostname]; stands != nil && stands.SecretID == l.SecretID && (l.Refresh == "" || l.Refresh == stands.Refresh) {
			continue
		}
		changed := &listener{Listener: l}
		if before := g.listeners[hostname]; before != nil {
			changed.leaf = before.leaf
		}
		g.listeners[hostname], changes = changed, true
	}
	for hostname, each := range g.listeners {
		if l.Exact && each.SecretID == l.SecretID && !slices.Contains(hostnames, hostname) {
			delete(g.listeners, hostname)
			changes = true
		}
	}
	if !changes {
		return true, nil, nil
	}
	g.Changes++
	for _, each := range g.listeners {
		g.readSecret(each)
	}
	return true, nil, nil
}

// Retire implements issuance.Listeners.
func (g *Gateway) Retire(_ context.Context, _ durable.Turn, name, _ string) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for hostname, l := range g.listeners {
		if l.Name == name {
			delete(g.listeners, hostname)
			g.Changes++
		}
	}
	return true, nil
}

func (g *Gateway) readSecret(l *listener) {
	l.read = g.now()
	g.vault.mu.Lock()
	defer g.vault.mu.Unlock()
	if c, err := g.vault.read(l.SecretID[strings.LastIndex(l.SecretID, "/")+1:]); err == nil && !g.Blind {
		l.leaf = c.Leaf
	}
}

// ServedLeaf implements issuance.Probe.
func (g *Gateway) ServedLeaf(ctx context.Context, hostname string, addr netip.Addr) ([]byte, error) {
	for _, other := range g.beside {
		if other.address == addr {
			return other.ServedLeaf(ctx, hostname, addr)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Locked {
		return nil, issuance.ErrNotReached
	}
	if g.Instead != nil {
		if leaf := g.Instead(hostname); leaf != nil {
			return leaf, nil
		}
	}
	l := g.listeners[hostname]
	if l == nil {
		return nil, issuance.ErrNoListener
	}
	if g.now().Sub(l.read) >= secretPoll {
		g.readSecret(l)
	}
	if l.leaf == nil {
		return nil, errors.New("handshake failure")
	}
	return l.leaf, nil
}

// ChallengeFile implements issuance.Probe.
func (g *Gateway) ChallengeFile(_ context.Context, hostname, token string, at netip.Addr) (string, int, error) {
	g.mu.Lock()
	g.Asked = append(g.Asked, at)
	g.mu.Unlock()
	if g.Port80 != nil {
		switch status := g.Port80(); status {
		case 0:
		case -1:
			return "", 0, &durable.Transient{Public: "The connection was refused."}
		default:
			return "", status, nil
		}
	}
	if content, ok := g.fetch(hostname, token); ok {
		return content, 200, nil
	}
	return "", 404, nil
}

func (g *Gateway) fetch(hostname, token string) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	content, ok := g.files[token]
	return content, ok && !g.elsewhere(hostname)
}

// Put implements issuance.ChallengeFiles.
func (g *Gateway) Put(_ context.Context, token, content string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.files[token] = content
	return nil
}

// Delete implements issuance.ChallengeFiles.
func (g *Gateway) Delete(_ context.Context, token string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.files, token)
	return nil
}

// Files counts the validation files.
func (g *Gateway) Files() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.files)
}

// Addresses implements issuance.Resolver.
func (g *Gateway) Addresses(_ context.Context, hostname string) (issuance.Addresses, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Leads != nil {
		if found, ok := g.Leads(hostname); ok {
			return found, nil
		}
	}
	if g.elsewhere(hostname) {
		return issuance.Addresses{Note: g.ResolverNote}, nil
	}
	at := g.address
	if g.LeadsTo != nil {
		at = g.LeadsTo.address
	}
	return issuance.Addresses{IPs: []netip.Addr{at}, Note: g.ResolverNote}, nil
}

func (g *Gateway) elsewhere(hostname string) bool { return g.Elsewhere != nil && g.Elsewhere(hostname) }

// View implements issuance.Resolver.
func (g *Gateway) View(context.Context, string) (string, bool) {
	return g.PrivateView, g.PrivateView != ""
}

// CAA implements issuance.Resolver.
func (g *Gateway) CAA(context.Context, string) (caa.Records, error) {
	return g.Records, nil
}

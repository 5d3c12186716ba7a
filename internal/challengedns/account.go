package challengedns

import (
	"context"
	"sync"
	"time"

	"certgate/internal/dnsproviders"
)

// remembered is how long an opened account and its list of zones are used: a provider
// allows few lists a minute, and a request may have a hundred hostnames.
const remembered = 5 * time.Minute

// account is a dnsproviders.Account that is opened when it is needed.
type account struct {
	Account
	now func() time.Time

	mu     sync.Mutex
	opened dnsproviders.Account
	until  time.Time
	zones  []dnsproviders.Zone // nil: to be listed
}

// use returns the account, opened anew when that was some minutes ago. Call it with the
// lock held.
func (a *account) use(ctx context.Context) (dnsproviders.Account, error) {
	if a.opened != nil && a.now().Before(a.until) {
		return a.opened, nil
	}
	opened, err := a.Open(ctx)
	if err != nil {
		return nil, err
	}
	a.opened, a.until, a.zones = opened, a.now().Add(remembered), nil
	return opened, nil
}

func (a *account) inUse(ctx context.Context) (dnsproviders.Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.use(ctx)
}

// Zones implements dnsproviders.Account. Whoever else asks meanwhile gets the same list.
func (a *account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	opened, err := a.use(ctx)
	if err != nil || a.zones != nil {
		return a.zones, err
	}
	zones, err := opened.Zones(ctx)
	if err == nil {
		a.zones = zones
	}
	return zones, err
}

// Ensure implements dnsproviders.Account.
func (a *account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	opened, err := a.inUse(ctx)
	if err != nil {
		return "", err
	}
	return opened.Ensure(ctx, z, c)
}

// Settled implements dnsproviders.Account.
func (a *account) Settled(ctx context.Context, z dnsproviders.Zone, r dnsproviders.Receipt) (bool, error) {
	opened, err := a.inUse(ctx)
	if err != nil {
		return false, err
	}
	return opened.Settled(ctx, z, r)
}

// Remove implements dnsproviders.Account.
func (a *account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, r dnsproviders.Receipt) error {
	opened, err := a.inUse(ctx)
	if err != nil {
		return err
	}
	return opened.Remove(ctx, z, c, r)
}

// NameServers implements dnsproviders.NameServerLister.
func (a *account) NameServers(ctx context.Context, z dnsproviders.Zone) ([]string, error) {
	opened, err := a.inUse(ctx)
	if err != nil {
		return nil, err
	}
	if lister, ok := opened.(dnsproviders.NameServerLister); ok {
		return lister.NameServers(ctx, z)
	}
	return z.NameServers, nil
}

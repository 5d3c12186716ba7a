package catalog

import (
	"context"
	"slices"

	"certgate/internal/dnsproviders"
)

// restricted is an account of which only some zones are used.
type restricted struct {
	dnsproviders.Account
	names []string
}

func only(a dnsproviders.Account, zones []string) dnsproviders.Account {
	r := restricted{Account: a}
	for _, name := range zones {
		r.names = append(r.names, dnsproviders.Plain(name))
	}
	return r
}

// Zones lists those of the names that the account has.
func (r restricted) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	zones, err := r.Account.Zones(ctx)
	return slices.DeleteFunc(zones, func(z dnsproviders.Zone) bool { return !slices.Contains(r.names, z.Name) }), err
}

// NameServers are the account's own word, where it has one.
func (r restricted) NameServers(ctx context.Context, z dnsproviders.Zone) ([]string, error) {
	if lister, ok := r.Account.(dnsproviders.NameServerLister); ok {
		return lister.NameServers(ctx, z)
	}
	return z.NameServers, nil
}

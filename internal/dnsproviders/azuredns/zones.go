package azuredns

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/dnsproviders"
)

// maxPages bounds one listing; a page has 100 zones, a subscription 250 by default.
const maxPages = 50

// Zones reads the zones that are named, and lists those of groups and
// subscriptions. Private zones are left out: no public authority sees them.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	var zones []dnsproviders.Zone
	for _, scope := range a.scopes {
		found, err := a.zonesOf(ctx, scope)
		if err != nil {
			name := ""
			if isZone(scope) {
				name = path.Base(scope)
			}
			return nil, explain("read the DNS zones of "+scope, name, name, err)
		}
		for _, z := range found {
			if !slices.ContainsFunc(zones, func(known dnsproviders.Zone) bool { return strings.EqualFold(known.ID, z.ID) }) {
				zones = append(zones, z)
			}
		}
	}
	return zones, nil
}

func (a *Account) zonesOf(ctx context.Context, scope string) ([]dnsproviders.Zone, error) {
	next := scope
	if !isZone(scope) {
		next += "/providers/Microsoft.Network/dnsZones"
	}
	var zones []dnsproviders.Zone
	for range maxPages {
		req, err := a.request(ctx, http.MethodGet, next)
		if err != nil {
			return nil, err
		}
		raw, err := a.do(req)
		if err != nil {
			return nil, err
		}
		page := gjson.ParseBytes(raw)
		if isZone(scope) {
			return appendZone(nil, page), nil
		}
		for _, z := range page.Get("value").Array() {
			zones = appendZone(zones, z)
		}
		if next = page.Get("nextLink").String(); next == "" {
			break
		}
	}
	return zones, nil
}

func appendZone(zones []dnsproviders.Zone, z gjson.Result) []dnsproviders.Zone {
	if z.Get("properties.zoneType").String() == "Private" {
		return zones
	}
	found := dnsproviders.Zone{ID: z.Get("id").String(), Name: dnsproviders.Plain(z.Get("name").String())}
	for _, host := range z.Get("properties.nameServers").Array() {
		found.NameServers = append(found.NameServers, dnsproviders.Plain(host.String()))
	}
	return append(zones, found)
}

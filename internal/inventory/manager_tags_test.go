package inventory_test

import (
	"fmt"
	"testing"

	"certgate/internal/inventory"
)

func TestTagsOfManagersAreToldFromOrdinaryOnes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tags map[string]string
		want string
	}{
		{map[string]string{"Acmebot": "{}", "DnsAlias": "x", "team": "web"}, "[Acmebot DnsAlias]"},
		{map[string]string{"Issuer": "acmebot", "Endpoint": "ca.example", "DnsProvider": "Azure DNS"}, "[Issuer Endpoint DnsProvider]"},
		{map[string]string{"Issuer": "letsencrypt.org", "Endpoint": "https://shop.example.com"}, "[]"},
		{map[string]string{"managed-by": "external-secrets"}, "[managed-by]"},
		{map[string]string{"managed-by": "team web"}, "[]"},
		{nil, "[]"},
	} {
		if got := fmt.Sprint(inventory.ManagerTags(c.tags)); got != c.want {
			t.Errorf("%v: %s, want %s", c.tags, got, c.want)
		}
	}
}

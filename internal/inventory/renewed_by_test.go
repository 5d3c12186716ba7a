package inventory_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/inventory"
)

func TestWhoRenewsFollowsFromTagsPolicyAndHistory(t *testing.T) {
	t.Parallel()
	const json = `{"endpoint":"acme-v02.api.letsencrypt.org","dnsProvider":"Azure DNS","certificateId":"a.b"}`
	tags := func(pairs ...string) map[string]string {
		out := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	version := func(day int) inventory.Version {
		at := noon.Add(time.Duration(day) * aDay)
		return inventory.Version{Created: at, NotBefore: at, NotAfter: at.Add(90 * aDay)}
	}
	for _, c := range []struct {
		name   string
		facts  inventory.VaultFacts
		want   inventory.Who
		unsure bool
		says   string
	}{
		{name: "certgate", facts: inventory.VaultFacts{Tags: tags("ManagedBy", "certgate", "Hostname", "a.example.com", "Acmebot", json)}, want: inventory.Certgate},
		{name: "imported into certgate", facts: inventory.VaultFacts{Tags: tags("ManagedBy", "certgate", "Hostname", "a.example.com", "Imported", "true")}, want: inventory.Somebody},
		{name: "acmebot 5", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Acmebot", json)}, want: inventory.Acmebot, says: "Azure DNS"},
		{name: "acmebot 5, endpoint changed", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Acmebot", `{"endpoint":"moved.invalid"}`)}, want: inventory.Nobody, unsure: true},
		{name: "acmebot 5, empty", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Acmebot", `{}`)}, want: inventory.Nobody, unsure: true},
		{name: "acmebot 5, not JSON", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Acmebot", "yes")}, want: inventory.Nobody, unsure: true},
		{name: "acmebot 5, not JSON, with older tags", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Acmebot", "yes", "Issuer", "Acmebot", "Endpoint", "acme-v02.api.letsencrypt.org")}, want: inventory.Acmebot},
		{name: "acmebot 5 and older tags", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Acmebot", json, "Issuer", "Acmebot")}, want: inventory.Acmebot},
		{name: "acmebot 4, endpoint as host", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Issuer", "Acmebot", "Endpoint", "acme-v02.api.letsencrypt.org")}, want: inventory.Acmebot},
		{name: "acmebot 3, endpoint as URL", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Issuer", "Acmebot", "Endpoint", "https://acme-v02.api.letsencrypt.org/")}, want: inventory.Acmebot, says: "acme-v02.api.letsencrypt.org"},
		{name: "acmebot 3.0, which later ones skip", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("Issuer", "letsencrypt.org")}, want: inventory.Nobody, unsure: true},
		{name: "External Secrets", facts: inventory.VaultFacts{Issuer: "Unknown", Tags: tags("managed-by", "external-secrets")}, want: inventory.Somebody},
		{name: "Unknown with AutoRenew", facts: inventory.VaultFacts{Issuer: "Unknown", Action: "AutoRenew"}, want: inventory.Nobody, says: "cannot renew"},
		{name: "Self with AutoRenew", facts: inventory.VaultFacts{Issuer: "Self", Action: "AutoRenew"}, want: inventory.KeyVault, says: "self-signed"},
		{name: "Self alone", facts: inventory.VaultFacts{Issuer: "Self"}, want: inventory.Nobody},
		{name: "DigiCert with AutoRenew", facts: inventory.VaultFacts{Issuer: "DigiCert", Action: "AutoRenew"}, want: inventory.KeyVault, says: "DigiCert"},
		{name: "DigiCert with EmailContacts", facts: inventory.VaultFacts{Issuer: "DigiCert", Action: "EmailContacts"}, want: inventory.Somebody, says: "person"},
		{name: "a plain secret", facts: inventory.VaultFacts{Trouble: inventory.SecretOnly}, want: inventory.AppService, unsure: true},
		{name: "imported at two thirds of each life", facts: inventory.VaultFacts{Issuer: "Unknown", Versions: []inventory.Version{version(0), version(60), version(118)}}, want: inventory.Somebody, unsure: true, says: "automation"},
		{name: "imported at the last moment", facts: inventory.VaultFacts{Issuer: "Unknown", Versions: []inventory.Version{version(0), version(88), version(170)}}, want: inventory.Nobody, unsure: true},
		{name: "imported twice", facts: inventory.VaultFacts{Issuer: "Unknown", Versions: []inventory.Version{version(0), version(60)}}, want: inventory.Nobody, unsure: true},
	} {
		row := inventory.NewRow(inventory.Found{Kind: inventory.KindListener, SecretID: "https://v.vault.azure.net/secrets/a"}, true, "https://v.vault.azure.net")
		row.Learn(c.facts, nil)
		if got := row.RenewedBy; got.Who != c.want || got.Sure == c.unsure || !strings.Contains(got.Detail, c.says) {
			t.Errorf("%s: %+v, want %s with %q", c.name, got, c.want, c.says)
		}
	}
}

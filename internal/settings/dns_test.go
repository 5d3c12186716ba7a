package settings_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"certgate/internal/settings"
)

func TestSeveralDNSAccounts(t *testing.T) {
	t.Parallel()
	zone := "/subscriptions/x/resourceGroups/dns/providers/Microsoft.Network/dnsZones/example.com"
	s, err := settings.Load(with(map[string]string{
		"Dns__azure__Provider": "AzureDns",
		"Dns__azure__Zones":    zone + ", acme.Platform.example.",
		"Dns__cf__Provider":    "cloudflare",
		"Dns__cf__Secret":      "certgate-dns-cf",
		"Dns__cf__Settle":      "0s",
		"Dns__cf__Timeout":     "20m",
		"Dns__cf__Ttl":         "2m",
		"DnsDelegationZone":    "acme.platform.example.",
		"DnsCheck":             "Recursive",
		"DefaultValidation":    "dns-01",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := settings.DNS{
		Accounts: []*settings.DNSAccount{
			{Name: "azure", Provider: "azuredns", Zones: []string{zone, "acme.platform.example"}, TTL: time.Minute, Settle: 15 * time.Second, Timeout: 10 * time.Minute},
			{Name: "cf", Provider: "cloudflare", Secret: "certgate-dns-cf", TTL: 2 * time.Minute, Timeout: 20 * time.Minute},
		},
		DelegationZone: "acme.platform.example", Check: "recursive", DefaultValidation: "dns-01", AuthorityPort: 53,
	}
	if !reflect.DeepEqual(s.DNS, want) {
		t.Errorf("read %+v, want %+v", s.DNS, want)
	}
}

func TestWhatIsWrongWithDNSAccountsIsToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := settings.Load(with(map[string]string{
		"Dns__a__Provider":    "bind",
		"Dns__b__Zones":       "example.com",
		"Dns__c__Provider":    "cloudflare",
		"Dns__c__Zone":        "example.com",
		"Dns__c__Secret":      "s",
		"Dns__c__Credentials": "hush",
		"Dns__c__Settle":      "15",
		"Dns__c__Timeout":     "3h",
		"Dns__c__Zones":       "a b",
		"DnsDelegationZone":   "*.x",
	}))
	if err == nil {
		t.Fatal("taken")
	}
	for _, says := range []string{
		`Dns__a__Provider is "bind", which is none of acmedns`, "Dns__b__Provider is missing", "Dns__c__Zone is no setting", "Dns__c__Credentials is set beside Dns__c__Secret",
		"Dns__c__Settle", "Dns__c__Timeout", "Dns__c__Zones", "DnsDelegationZone",
	} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q is not in:\n%v", says, err)
		}
	}
	if strings.Contains(err.Error(), "hush") {
		t.Error("the credentials are shown")
	}
}

package settings

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// DNS is what dns-01 needs.
type DNS struct {
	Accounts          []*DNSAccount
	DelegationZone    string // "" for none
	Check             string // authoritative, recursive or off
	DefaultValidation string // auto, http-01 or dns-01
	AuthorityPort     int    // where name servers listen
}

// DNSAccount is an account at a DNS provider.
type DNSAccount struct {
	Name        string
	Provider    string
	Zones       []string
	Secret      string // of Key Vault, with the credentials; "" if Credentials has them
	Credentials Secret
	TTL         time.Duration
	Settle      time.Duration
	Timeout     time.Duration
}

func (s *Settings) dnsAccount(name string) *DNSAccount {
	i := slices.IndexFunc(s.DNS.Accounts, func(a *DNSAccount) bool { return a.Name == name })
	if i < 0 {
		i, s.DNS.Accounts = len(s.DNS.Accounts), append(s.DNS.Accounts, &DNSAccount{Name: name})
	}
	return s.DNS.Accounts[i]
}

// dnsProviders are those of package catalog; a test of the handler compares the two.
func dnsProviders() []string {
	return []string{"acmedns", "azuredns", "cloudflare", "desec", "digitalocean", "godaddy", "googledns", "hetzner", "ovh", "rfc2136", "route53", "webhook"}
}

func dnsSettings() []Setting {
	account := (*Settings).dnsAccount
	return []Setting{
		{Name: "Dns__<name>__Provider", OfEach: true, Example: "azuredns", Choices: dnsProviders(),
			Meaning: "DNS provider of an account that writes the records of dns-01, under a name of yours (see [DNS](docs/dns.md))", readOf: ofMember(account, func(a *DNSAccount) *string { return &a.Provider }, anyText)},
		{Name: "Dns__<name>__Zones", Example: "/subscriptions/" + exampleGUID + "/resourceGroups/dns-rg/providers/Microsoft.Network/dnsZones/example.com",
			Meaning: "zones that the account may use, a comma list: resource ids with Azure DNS, names elsewhere; without it all that it has", readOf: ofMember(account, func(a *DNSAccount) *[]string { return &a.Zones }, zoneList)},
		{Name: "Dns__<name>__Secret", Example: "certgate-dns-cloudflare",
			Meaning: "name of the secret in the vault that holds the account's credentials; read again every five minutes", readOf: ofMember(account, func(a *DNSAccount) *string { return &a.Secret }, secretName)},
		{Name: "Dns__<name>__Credentials", Secret: true, Example: `{"token":"…"}`,
			Meaning: "the credentials themselves, in place of `Dns__<name>__Secret`: a Key Vault reference", readOf: ofMember(account, func(a *DNSAccount) *Secret { return &a.Credentials }, func(v string) (Secret, error) { return Secret(v), nil })},
		{Name: "Dns__<name>__Ttl", Default: "1m", Example: "1m",
			Meaning: "how long resolvers keep the records; a provider's least value counts where it is longer", readOf: ofMember(account, func(a *DNSAccount) *time.Duration { return &a.TTL }, within(time.Second, 24*time.Hour))},
		{Name: "Dns__<name>__Settle", Default: "15s", Example: "15s",
			Meaning: "how long to wait after all name servers show the records, because an anycast network shows one of its many sides", readOf: ofMember(account, func(a *DNSAccount) *time.Duration { return &a.Settle }, within(0, 10*time.Minute))},
		{Name: "Dns__<name>__Timeout", Default: "10m", Example: "10m",
			Meaning: "how long name servers may take to show the records", readOf: ofMember(account, func(a *DNSAccount) *time.Duration { return &a.Timeout }, within(time.Minute, 50*time.Minute))},
		{Name: "DnsDelegationZone", Example: "acme.platform.example",
			Meaning: "zone of yours that others may lead their challenge names to by CNAME; errors name the record that they have to create", read: into(func(s *Settings) *string { return &s.DNS.DelegationZone }, zoneName)},
		{Name: "DnsCheck", Default: "authoritative", Example: "authoritative", Choices: []string{"authoritative", "recursive", "off"},
			Meaning: "how to find out that records are served: every name server is asked, or `DnsResolvers` where port 53 of name servers is out of reach, or nobody is", read: into(func(s *Settings) *string { return &s.DNS.Check }, anyText)},
		{Name: "DnsAuthorityPort", Default: "53", Example: "53",
			Meaning: "port where name servers are reached; differs on the local stack only", read: into(func(s *Settings) *int { return &s.DNS.AuthorityPort }, port)},
		{Name: "DefaultValidation", Default: "auto", Example: "auto", Choices: []string{"auto", "http-01", "dns-01"},
			Meaning: "how hostnames are proved for which nothing is asked; auto takes dns-01 where an account holds the zone, and http-01 elsewhere; wildcards always take dns-01", read: into(func(s *Settings) *string { return &s.DNS.DefaultValidation }, anyText)},
	}
}

var zoneForm = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)

// zoneName is a zone in lower-case A-labels.
func zoneName(v string) (string, error) {
	return matching(zoneForm, strings.ToLower(strings.TrimSuffix(v, ".")), "is not the name of a zone, in ASCII")
}

func zoneList(v string) ([]string, error) {
	var zones []string
	for _, zone := range strings.Split(v, ",") {
		if zone = strings.TrimSpace(zone); zone == "" {
			return nil, errors.New("has an empty zone in its list")
		}
		if !strings.HasPrefix(zone, "/") {
			name, err := zoneName(zone)
			if err != nil {
				return nil, fmt.Errorf("has %q in its list, which %w", zone, err)
			}
			zone = name
		}
		zones = append(zones, zone)
	}
	return zones, nil
}

// within parses a duration of Go's form with bounds.
func within(least, most time.Duration) func(string) (time.Duration, error) {
	return func(v string) (time.Duration, error) {
		d, err := time.ParseDuration(v)
		if err != nil {
			return 0, errors.New("is not a time with a unit, such as 15s or 10m")
		}
		if d < least || d > most {
			return 0, fmt.Errorf("is not between %s and %s", least, most)
		}
		return d, nil
	}
}

// finishDNS finds what is wrong with settings that are right each by itself.
func (s *Settings) finishDNS() (faults Faults) {
	for _, a := range s.DNS.Accounts {
		if a.Secret != "" && a.Credentials != "" {
			faults = append(faults, Fault{Setting: "Dns__" + a.Name + "__Credentials", Problem: "is set beside Dns__" + a.Name + "__Secret", Fix: "Remove one of the two."})
		}
	}
	return faults
}

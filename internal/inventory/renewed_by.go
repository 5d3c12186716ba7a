package inventory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Who renews a certificate. The words are stored and published.
type Who string

const (
	Certgate   Who = "certgate"
	Acmebot    Who = "acmebot"
	KeyVault   Who = "keyVault"
	AppService Who = "appService"
	Somebody   Who = "somebody"
	Nobody     Who = "nobody"
	Unknown    Who = "unknown"
)

// Managers lists them.
func Managers() []Who {
	return []Who{Certgate, Acmebot, KeyVault, AppService, Somebody, Nobody, Unknown}
}

// RenewedBy says who renews a certificate, and how sure that is.
type RenewedBy struct {
	Who  Who  `json:"who"`
	Sure bool `json:"sure"`
	// Since is when the newest version was made.
	Since  time.Time `json:"since,omitzero"`
	Detail string    `json:"detail,omitempty"`
}

// Name is for sentences.
func (r RenewedBy) Name() string {
	switch r.Who {
	case KeyVault:
		return "Key Vault"
	case AppService:
		return "App Service"
	case Acmebot, Certgate, Nobody:
		return string(r.Who)
	case Somebody:
		return cmp.Or(r.Detail, "somebody")
	}
	return "somebody who is not known"
}

// Managed says it of a certificate of certgate's own.
func Managed(imported bool, since time.Time) RenewedBy {
	if imported {
		return RenewedBy{Who: Somebody, Sure: true, Since: since, Detail: "its owner, who imports each certificate"}
	}
	return RenewedBy{Who: Certgate, Sure: true, Since: since}
}

// The issuers of a vault's policy that are no authority.
const (
	issuerUnknown = "Unknown"
	issuerSelf    = "Self"
	autoRenew     = "AutoRenew"
)

// selfSigned is the detail of a certificate that the vault renews and no browser takes.
const selfSigned = "self-signed: no browser takes it"

// renewedBy goes by the tags, the policy and the history of the vault's certificate;
// the first rule that applies counts.
func (v VaultFacts) renewedBy() RenewedBy {
	out := RenewedBy{Since: v.Created.UTC()}
	say := func(who Who, sure bool, detail string) RenewedBy {
		out.Who, out.Sure, out.Detail = who, sure, detail
		return out
	}
	auto := strings.EqualFold(v.Action, autoRenew)
	switch {
	case v.Trouble == SecretOnly:
		return say(AppService, false, "a secret without certificate, as App Service Certificates are")
	case v.Tags["ManagedBy"] == "certgate" && v.Tags["Hostname"] != "" && v.Tags["Imported"] == "true":
		return Managed(true, out.Since)
	case v.Tags["ManagedBy"] == "certgate" && v.Tags["Hostname"] != "":
		return say(Certgate, true, "")
	}
	if detail, ok := acmebotsOwn(v.Tags); ok {
		return say(Acmebot, true, detail)
	}
	switch {
	case v.Tags["managed-by"] == "external-secrets":
		return say(Somebody, true, "External Secrets")
	case strings.EqualFold(v.Issuer, issuerSelf) && auto:
		return say(KeyVault, true, selfSigned)
	case strings.EqualFold(v.Issuer, issuerSelf):
		return say(Nobody, true, "self-signed")
	case v.Issuer != "" && !strings.EqualFold(v.Issuer, issuerUnknown) && auto:
		return say(KeyVault, true, "with the authority "+v.Issuer)
	case v.Issuer != "" && !strings.EqualFold(v.Issuer, issuerUnknown):
		return say(Somebody, true, "a person, whom Key Vault sends a mail")
	}
	if last, ok := habit(v.Versions); ok {
		return say(Somebody, false, "somebody's automation, by its history, last on "+last.UTC().Format(time.DateOnly))
	}
	if auto {
		return say(Nobody, true, "the policy says AutoRenew, but Key Vault cannot renew with this authority")
	}
	return say(Nobody, false, "")
}

// acmebotsOwn reads acmebot's tags. Newer releases write one tag with JSON; older ones
// two, and they still count where the first cannot be read.
func acmebotsOwn(tags map[string]string) (detail string, ok bool) {
	endpoint, provider := "", tags["DnsProvider"]
	var newer struct{ Endpoint, DNSProvider string }
	text, tagged := tags["Acmebot"]
	switch {
	case tagged && json.Unmarshal([]byte(text), &newer) == nil:
		endpoint, provider = newer.Endpoint, newer.DNSProvider
		if endpoint == "" && strings.EqualFold(tags["Issuer"], "Acmebot") {
			endpoint = tags["Endpoint"]
		}
	case strings.EqualFold(tags["Issuer"], "Acmebot"):
		endpoint = tags["Endpoint"]
	}
	host := endpointHost(endpoint)
	if !authorityHost(host) {
		return "", false
	}
	if provider != "" {
		return fmt.Sprintf("%s, %s", provider, host), true
	}
	return host, true
}

// endpointHost takes a host or a URL, as the releases wrote it.
func endpointHost(endpoint string) string {
	if u, err := url.Parse(endpoint); err == nil && u.Host != "" {
		endpoint = u.Hostname()
	}
	return strings.ToLower(strings.Trim(endpoint, "/ "))
}

// authorityHost reports whether an ACME authority can be there: who wants acmebot to
// let go of a certificate writes another host.
func authorityHost(host string) bool {
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	return len(labels) > 1 && last != "" && !slices.Contains([]string{"invalid", "example", "test", "localhost", "local"}, last)
}

const (
	habitVersions            = 3
	habitEarliest, habitLast = 0.45, 0.20 // of the life that was left
)

// habit looks for an automation: three versions or more, each made while the one before
// had a fifth to nearly half of its life left.
func habit(versions []Version) (last time.Time, ok bool) {
	v := slices.SortedFunc(slices.Values(versions), func(a, b Version) int { return a.Created.Compare(b.Created) })
	if len(v) < habitVersions {
		return last, false
	}
	v = v[len(v)-habitVersions:]
	for i, next := range v[1:] {
		before := v[i]
		life := before.NotAfter.Sub(before.NotBefore)
		left := before.NotAfter.Sub(next.Created)
		if life <= 0 || float64(left) < habitLast*float64(life) || float64(left) > habitEarliest*float64(life) {
			return last, false
		}
	}
	return v[len(v)-1].Created, true
}

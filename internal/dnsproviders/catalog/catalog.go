// Package catalog makes an account at a DNS provider out of the provider's name, a
// secret and a list of zones: ONE LINE PER PROVIDER. Nothing is asked of the provider.
package catalog

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/acmedns"
	"certgate/internal/dnsproviders/azuredns"
	"certgate/internal/dnsproviders/cloudflare"
	"certgate/internal/dnsproviders/desec"
	"certgate/internal/dnsproviders/digitalocean"
	"certgate/internal/dnsproviders/godaddy"
	"certgate/internal/dnsproviders/googledns"
	"certgate/internal/dnsproviders/hetzner"
	"certgate/internal/dnsproviders/ovh"
	"certgate/internal/dnsproviders/rfc2136"
	"certgate/internal/dnsproviders/route53"
	"certgate/internal/dnsproviders/webhook"
)

// Entry says what an account is made of.
type Entry struct {
	Provider string   // one of Names
	Secret   string   // the credentials: JSON, or the token alone where that is all
	Zones    []string // names of zones, or resource ids with Azure DNS
}

// Tools are what accounts share.
type Tools struct {
	Credential azcore.TokenCredential // the app's identity, for Azure DNS
	ARM        arm.ClientOptions
	Locks      dnsproviders.Locker
	HTTP       *http.Client // nil is the usual one
}

// provider opens an account. named says that it must be told its zones; the zones of
// the others are listed, and an Entry's then leave out all others.
type provider struct {
	name  string
	named bool
	open  func(e Entry, t Tools) (dnsproviders.Account, error)
}

var providers = []provider{
	{"acmedns", false, openACMEDNS},
	{"azuredns", true, openAzure},
	{"cloudflare", false, withToken(func(token string, t Tools) (dnsproviders.Account, error) {
		return cloudflare.New(cloudflare.Config{Token: token, HTTP: t.HTTP}), nil
	})},
	{"desec", false, withToken(func(token string, t Tools) (dnsproviders.Account, error) {
		return desec.New(desec.Config{Token: token, Locks: t.Locks, HTTP: t.HTTP}), nil
	})},
	{"digitalocean", false, withToken(func(token string, t Tools) (dnsproviders.Account, error) {
		return digitalocean.New(digitalocean.Config{Token: token, HTTP: t.HTTP})
	})},
	{"godaddy", false, openGoDaddy},
	{"googledns", false, openGoogle},
	{"hetzner", false, withToken(func(token string, t Tools) (dnsproviders.Account, error) {
		return hetzner.New(hetzner.Config{Token: token, HTTP: t.HTTP}), nil
	})},
	{"ovh", false, openOVH},
	{"rfc2136", true, openRFC2136},
	{"route53", false, openRoute53},
	{"webhook", true, openWebhook},
}

// Names are the providers, sorted.
func Names() []string {
	var names []string
	for _, p := range providers {
		names = append(names, p.name)
	}
	return names
}

// Open makes the account. Its errors say what is wrong with the entry and hold
// nothing of the secret.
func Open(e Entry, t Tools) (dnsproviders.Account, error) {
	for _, p := range providers {
		if p.name != e.Provider {
			continue
		}
		if p.named && len(e.Zones) == 0 {
			return nil, fmt.Errorf("%s must be told its zones", e.Provider)
		}
		account, err := p.open(e, t)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Provider, err)
		}
		if !p.named && len(e.Zones) > 0 {
			account = only(account, e.Zones)
		}
		return account, nil
	}
	return nil, fmt.Errorf("there is no DNS provider %q; there are %s", e.Provider, strings.Join(Names(), ", "))
}

func openAzure(e Entry, t Tools) (dnsproviders.Account, error) {
	if e.Secret != "" {
		return nil, errors.New("the app's identity is used, and no secret")
	}
	return azuredns.New(azuredns.Config{Scopes: e.Zones, Credential: t.Credential, Options: t.ARM})
}

func openACMEDNS(e Entry, t Tools) (dnsproviders.Account, error) {
	var s struct {
		URL           string
		Registrations []acmedns.Registration
	}
	if err := decode(e.Secret, &s, "url", "registrations"); err != nil {
		return nil, err
	}
	return acmedns.New(acmedns.Config{URL: s.URL, Registrations: s.Registrations, HTTP: t.HTTP})
}

func openGoDaddy(e Entry, t Tools) (dnsproviders.Account, error) {
	var s struct{ Key, Secret string }
	if err := decode(e.Secret, &s, "key", "secret"); err != nil {
		return nil, err
	}
	return godaddy.New(godaddy.Config{Key: s.Key, Secret: s.Secret, Locks: t.Locks, HTTP: t.HTTP}), nil
}

func openGoogle(e Entry, t Tools) (dnsproviders.Account, error) {
	return googledns.New(googledns.Config{KeyJSON: []byte(e.Secret), HTTP: t.HTTP})
}

func openOVH(e Entry, t Tools) (dnsproviders.Account, error) {
	var s struct{ Endpoint, ApplicationKey, ApplicationSecret, ConsumerKey string }
	if err := decode(e.Secret, &s, "endpoint", "applicationKey", "applicationSecret", "consumerKey"); err != nil {
		return nil, err
	}
	return ovh.New(ovh.Config{Endpoint: s.Endpoint, ApplicationKey: s.ApplicationKey, ApplicationSecret: s.ApplicationSecret, ConsumerKey: s.ConsumerKey, HTTP: t.HTTP})
}

func openRFC2136(e Entry, _ Tools) (dnsproviders.Account, error) {
	var s struct{ Server, Key, Secret, Algorithm string }
	if err := decode(e.Secret, &s, "server", "key", "secret"); err != nil {
		return nil, err
	}
	return rfc2136.New(rfc2136.Config{Server: s.Server, Key: s.Key, Secret: s.Secret, Algorithm: s.Algorithm, Zones: e.Zones})
}

func openRoute53(e Entry, t Tools) (dnsproviders.Account, error) {
	var s struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	if err := decode(e.Secret, &s, "accessKeyId", "secretAccessKey"); err != nil {
		return nil, err
	}
	return route53.New(route53.Config{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken, HTTP: t.HTTP}), nil
}

func openWebhook(e Entry, t Tools) (dnsproviders.Account, error) {
	var s struct{ URL, Username, Password string }
	if err := decode(e.Secret, &s, "url"); err != nil {
		return nil, err
	}
	return webhook.New(webhook.Config{URL: s.URL, Username: s.Username, Password: s.Password, Zones: e.Zones, HTTP: t.HTTP})
}

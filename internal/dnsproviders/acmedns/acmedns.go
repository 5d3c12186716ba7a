// Package acmedns gives values to an acme-dns server: a small name server that holds
// two TXT values for each registration, and nothing else. The challenge name of a
// domain is a CNAME to a registration's name.
package acmedns

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

// holds is how many values a registration has; a further one takes the oldest's place.
const holds = 2

const service = "acme-dns"

// Registration is what the server answers to a registration, as it is written there.
type Registration struct {
	FullDomain string `json:"fulldomain"`
	Subdomain  string `json:"subdomain"`
	Username   string `json:"username"`
	Password   string `json:"password"`
}

// Config names a server and the registrations at it.
type Config struct {
	URL           string
	Registrations []Registration
	HTTP          *http.Client // replaces the usual client
}

// Account is the registrations at one server. Each is a zone with one name, its own.
type Account struct {
	base          string
	registrations []Registration
	http          *http.Client
}

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O. It fails without a URL, and on a
// registration that is not complete.
func New(c Config) (*Account, error) {
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" {
		return nil, errors.New("acme-dns: the URL of the server is missing")
	}
	for _, r := range c.Registrations {
		if r.FullDomain == "" || r.Subdomain == "" || r.Username == "" || r.Password == "" {
			return nil, errors.New("acme-dns: a registration needs fulldomain, subdomain, username and password, as the server answered them")
		}
	}
	return &Account{strings.TrimSuffix(c.URL, "/"), c.Registrations, c.HTTP}, nil
}

// Zones are the names of the registrations.
func (a *Account) Zones(context.Context) ([]dnsproviders.Zone, error) {
	var zones []dnsproviders.Zone
	for _, r := range a.registrations {
		zones = append(zones, dnsproviders.Zone{ID: r.Subdomain, Name: dnsproviders.Plain(r.FullDomain)})
	}
	return zones, nil
}

// Ensure gives the server the values: two at most, and those from before go.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	if len(c.Values) > holds {
		return "", dnsproviders.Refused(service, c.Name, fmt.Sprintf("it holds %d values, and %d are needed. Let these hostnames lead to registrations of their own.", holds, len(c.Values)), nil)
	}
	for _, r := range a.registrations {
		if r.Subdomain != z.ID {
			continue
		}
		api := webapi.Client{Service: service, Needs: "to be the username and the password of the registration", Base: a.base, HTTP: a.http,
			Sign: func(req *http.Request) {
				req.Header.Set("X-Api-User", r.Username)
				req.Header.Set("X-Api-Key", r.Password)
			}}
		for _, value := range c.Values {
			in := map[string]string{"subdomain": r.Subdomain, "txt": value}
			if _, err := api.Do(ctx, webapi.Call{Method: http.MethodPost, Path: "/update", Zone: z.Name, Name: c.Name, In: in}); err != nil {
				return "", err
			}
		}
		return "", nil
	}
	return "", dnsproviders.ZoneNotFound(service, z.Name, nil)
}

// Remove does nothing: the server has no call for it. What it holds is of no use to
// anybody once the authority has looked, and the next values take its place.
func (a *Account) Remove(context.Context, dnsproviders.Zone, dnsproviders.Change, dnsproviders.Receipt) error {
	return nil
}

// Settled is true: the server answers with what it was given.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

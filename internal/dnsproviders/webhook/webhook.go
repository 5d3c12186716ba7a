// Package webhook lets a service of the operator's write the records. The contract
// is that of lego's provider httpreq, in its default mode: two calls,
//
//	POST {URL}/present  {"fqdn": "_acme-challenge.example.com.", "value": "…"}
//	POST {URL}/cleanup  the same
//
// with one value each, which any answer of the 2xx kind confirms. The service adds
// and removes that value only, and takes one that it has, or has not, for done.
package webhook

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

// Config says where the service is and what it looks after.
type Config struct {
	URL                string // https, or http on a private network
	Username, Password string // for basic authentication; "" for none
	// Zones are the names of the zones that the service can change.
	Zones []string
	HTTP  *http.Client // replaces the usual client
}

// Account is the zones of one service.
type Account struct {
	api   *webapi.Client
	zones []dnsproviders.Zone
}

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O. It fails without a URL or without zones.
func New(c Config) (*Account, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("dns webhook: the URL must begin with https://")
	}
	if len(c.Zones) == 0 {
		return nil, errors.New("dns webhook: name the zones that the service can change")
	}
	a := &Account{api: &webapi.Client{Service: "The DNS webhook " + u.Host, Needs: "to be the user name and the password that the webhook asks for",
		Base: strings.TrimSuffix(c.URL, "/"), HTTP: c.HTTP,
		Sign: func(r *http.Request) {
			if c.Username != "" || c.Password != "" {
				r.SetBasicAuth(c.Username, c.Password)
			}
		}}}
	for _, name := range c.Zones {
		a.zones = append(a.zones, dnsproviders.Zone{ID: dnsproviders.Plain(name), Name: dnsproviders.Plain(name)})
	}
	return a, nil
}

// Zones are the configured ones.
func (a *Account) Zones(context.Context) ([]dnsproviders.Zone, error) { return a.zones, nil }

// Ensure presents each value.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	return "", a.each(ctx, "/present", z, c)
}

// Remove cleans each value up.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	return a.each(ctx, "/cleanup", z, c)
}

// Settled is true: the service does not tell.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

func (a *Account) each(ctx context.Context, path string, z dnsproviders.Zone, c dnsproviders.Change) error {
	for _, value := range c.Values {
		in := struct {
			FQDN  string `json:"fqdn"`
			Value string `json:"value"`
		}{c.Name + ".", value}
		if _, err := a.api.Do(ctx, webapi.Call{Method: http.MethodPost, Path: path, Zone: z.Name, Name: c.Name, In: in}); err != nil {
			return err
		}
	}
	return nil
}

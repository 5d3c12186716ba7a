// Package desec writes TXT records with the API of deSEC. A record set is read and
// replaced; only its creation can be made to fail when somebody else was faster.
package desec

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

// Endpoint is the API's public address.
const Endpoint = "https://desec.io/api/v1"

// minTTL is the least that every domain takes; some may have less.
const minTTL = 3600 // seconds

// nameServers are those of every zone.
var nameServers = []string{"ns1.desec.io", "ns2.desec.org"}

// Config names an API token.
type Config struct {
	Token string
	// Locks keep processes of certgate out of each other's way.
	Locks dnsproviders.Locker
	// Endpoint replaces the public address; HTTP the client.
	Endpoint string
	HTTP     *http.Client
}

// Account is the domains of one account.
type Account struct {
	api   *webapi.Client
	locks dnsproviders.Locker
}

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O.
func New(c Config) *Account {
	if c.Endpoint == "" {
		c.Endpoint = Endpoint
	}
	return &Account{&webapi.Client{Service: "deSEC", Needs: "to be an API token that may write TXT records of the domain", Base: c.Endpoint, HTTP: c.HTTP,
		Sign: func(r *http.Request) { r.Header.Set("Authorization", "Token "+c.Token) }}, c.Locks}
}

// Zones lists the domains; the first 500, which is what one answer has.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	var out []struct{ Name string }
	if _, err := a.api.Do(ctx, webapi.Call{Method: http.MethodGet, Path: "/domains/", Out: &out}); err != nil {
		return nil, err
	}
	var zones []dnsproviders.Zone
	for _, d := range out {
		zones = append(zones, dnsproviders.Zone{ID: d.Name, Name: dnsproviders.Plain(d.Name), NameServers: nameServers})
	}
	return zones, nil
}

type set struct {
	Subname string   `json:"subname"`
	Type    string   `json:"type"`
	TTL     int      `json:"ttl"`
	Records []string `json:"records"`
}

// Ensure adds the values. A set that stands keeps its TTL.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	return "", a.edit(ctx, z, c, c.With)
}

// Remove takes the values away, and the set with the last one.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	return a.edit(ctx, z, c, c.Without)
}

// Settled is true: deSEC does not tell when its servers have a change.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

func (a *Account) edit(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, change func([]string) []string) error {
	return dnsproviders.Alone(ctx, a.locks, c.Name, func() error {
		all := "/domains/" + url.PathEscape(z.ID) + "/rrsets/"
		one := all + url.PathEscape(z.Relative(c.Name, "@")) + "/TXT/"
		old := set{Subname: z.Relative(c.Name, ""), Type: "TXT", TTL: max(minTTL, int(c.TTL/time.Second))}
		call := webapi.Call{Method: http.MethodGet, Path: one, Zone: z.Name, Name: c.Name, Out: &old, Accept: []int{http.StatusNotFound}}
		status, err := a.api.Do(ctx, call)
		if err != nil {
			return err
		}
		if status == http.StatusNotFound { // the set alone, or the domain?
			if _, err := a.api.Do(ctx, webapi.Call{Method: http.MethodGet, Path: "/domains/" + url.PathEscape(z.ID) + "/", Zone: z.Name, Name: c.Name}); err != nil {
				return err
			}
		}
		var there []string
		for _, record := range old.Records {
			there = append(there, dnsproviders.Unquoted(record))
		}
		after := change(there)
		if len(after) == len(there) {
			return nil
		}
		written := old
		written.Records = []string{}
		for _, v := range after {
			written.Records = append(written.Records, dnsproviders.Quoted(v))
		}
		call = webapi.Call{Method: http.MethodPatch, Path: one, Zone: z.Name, Name: c.Name, In: written}
		if status == http.StatusNotFound {
			call.Method, call.Path, call.Accept = http.MethodPost, all, []int{http.StatusBadRequest}
		}
		var raw []byte
		call.Raw = &raw
		if status, err = a.api.Do(ctx, call); status == http.StatusBadRequest {
			return a.notCreated(call, raw)
		}
		return err
	})
}

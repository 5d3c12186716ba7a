// Package godaddy writes TXT records with GoDaddy's API. Values are added by
// themselves; to take one away, the whole set must be replaced, and no condition
// can be given for that.
package godaddy

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

// Endpoint is the API's public address.
const Endpoint = "https://api.godaddy.com"

const (
	minTTL   = 600 // seconds
	pageSize = 1000
	maxPages = 20
)

// Config names an API key of the production environment.
type Config struct {
	Key, Secret string
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
	return &Account{&webapi.Client{Service: "GoDaddy", Needs: "to be of an account that GoDaddy lets use its API (it asks for a number of domains or a paid plan)", Base: c.Endpoint, HTTP: c.HTTP,
		Sign: func(r *http.Request) { r.Header.Set("Authorization", "sso-key "+c.Key+":"+c.Secret) }}, c.Locks}
}

// Zones lists the active domains with the name servers that the registration has.
// A domain whose name servers are another provider's has those, so that it looks as
// if it were served from here: its records are then not seen, and the check of the
// name servers says so.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	var zones []dnsproviders.Zone
	query := url.Values{"statuses": {"ACTIVE"}, "includes": {"nameServers"}, "limit": {strconv.Itoa(pageSize)}}
	for range maxPages {
		var out []struct {
			Domain      string
			NameServers []string
		}
		if _, err := a.api.Do(ctx, webapi.Call{Method: http.MethodGet, Path: "/v1/domains?" + query.Encode(), Out: &out}); err != nil {
			return nil, err
		}
		for _, d := range out {
			zone := dnsproviders.Zone{ID: d.Domain, Name: dnsproviders.Plain(d.Domain)}
			for _, host := range d.NameServers {
				zone.NameServers = append(zone.NameServers, dnsproviders.Plain(host))
			}
			zones = append(zones, zone)
		}
		if len(out) < pageSize {
			break
		}
		query.Set("marker", out[len(out)-1].Domain)
	}
	return zones, nil
}

type record struct {
	Type string `json:"type,omitempty"`
	Name string `json:"name,omitempty"`
	Data string `json:"data"`
	TTL  int    `json:"ttl"`
}

// Ensure adds a record for each value that is missing, in one request.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	there, call, err := a.read(ctx, z, c)
	if err != nil {
		return "", err
	}
	var added []record
	for _, value := range dnsproviders.Missing(c.Values, values(there)) {
		added = append(added, record{Type: "TXT", Name: z.Relative(c.Name, "@"), Data: value, TTL: max(minTTL, int(c.TTL/time.Second))})
	}
	if len(added) == 0 {
		return "", nil
	}
	var raw []byte
	call.Method, call.Path, call.In, call.Out = http.MethodPatch, path(z), added, nil
	call.Accept, call.Raw = []int{http.StatusUnprocessableEntity}, &raw
	status, err := a.api.Do(ctx, call)
	if status == http.StatusUnprocessableEntity {
		if bytes.Contains(raw, []byte("DUPLICATE_RECORD")) {
			return "", dnsproviders.Conflict(c.Name, nil) // somebody else added it meanwhile
		}
		return "", a.api.Explain(call, status, nil, raw)
	}
	return "", err
}

// Remove replaces the set by what is not ours, or deletes it.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	return dnsproviders.Alone(ctx, a.locks, c.Name, func() error {
		there, call, err := a.read(ctx, z, c)
		if err != nil {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(there), func(r record) bool { return slices.Contains(c.Values, r.Data) })
		if len(left) == len(there) {
			return nil
		}
		call.Out, call.Method = nil, http.MethodDelete
		if len(left) > 0 {
			call.Method, call.In = http.MethodPut, left
		}
		_, err = a.api.Do(ctx, call)
		return err
	})
}

// Settled is true: GoDaddy does not tell when its servers have a change.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

// read lists the name's records; call is the one for the set.
func (a *Account) read(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) ([]record, webapi.Call, error) {
	var there []record
	call := webapi.Call{Method: http.MethodGet, Path: path(z) + "/TXT/" + url.PathEscape(z.Relative(c.Name, "@")), Zone: z.Name, Name: c.Name, Out: &there}
	_, err := a.api.Do(ctx, call)
	return there, call, err
}

func path(z dnsproviders.Zone) string { return "/v1/domains/" + url.PathEscape(z.ID) + "/records" }

func values(records []record) []string {
	var out []string
	for _, r := range records {
		out = append(out, r.Data)
	}
	return out
}

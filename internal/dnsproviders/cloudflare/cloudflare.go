// Package cloudflare writes TXT records with Cloudflare's API. Records have ids;
// they are looked up by name and value before each change. All changes of one call
// are one batch, which Cloudflare carries out whole or not at all.
package cloudflare

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

// Endpoint is the API's public address.
const Endpoint = "https://api.cloudflare.com/client/v4"

const (
	minTTL   = 60 // seconds; below is for enterprise zones
	pageSize = 50
	maxPages = 100
	tries    = 3 // looks and changes of one call, when others change the same records
)

// The API's error codes that mean something else than their status says.
const (
	codeBadHeaders  = 6003 // a token that is none
	codeNoRoute     = 7003 // a zone that is not there
	codeNoRecord    = 81044
	codeExists      = 81057
	codeIdentical   = 81058
	codeAuthFailure = 10000
)

// Config names the token, which needs Zone:Read and DNS:Edit.
type Config struct {
	Token string
	// Endpoint replaces the public address; HTTP the client.
	Endpoint string
	HTTP     *http.Client
}

// Account is the zones that a token can see.
type Account struct{ api *webapi.Client }

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O.
func New(c Config) *Account {
	if c.Endpoint == "" {
		c.Endpoint = Endpoint
	}
	return &Account{&webapi.Client{Service: "Cloudflare", Needs: "the permissions Zone:Read and DNS:Edit for the zone", Base: c.Endpoint,
		Sign: webapi.Bearer(c.Token), HTTP: c.HTTP}}
}

// Zones lists the zones that the token can see.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	var zones []dnsproviders.Zone
	for page := 1; page <= maxPages; page++ {
		var out struct {
			Result []struct {
				ID, Name    string
				NameServers []string `json:"name_servers"`
				Vanity      []string `json:"vanity_name_servers"`
			}
			Info struct {
				Pages int `json:"total_pages"`
			} `json:"result_info"`
		}
		if err := a.do(ctx, webapi.Call{Method: http.MethodGet, Path: fmt.Sprintf("/zones?per_page=%d&page=%d", pageSize, page), Out: &out}); err != nil {
			return nil, err
		}
		for _, z := range out.Result {
			zone := dnsproviders.Zone{ID: z.ID, Name: dnsproviders.Plain(z.Name)}
			for _, host := range slices.Concat(z.NameServers, z.Vanity) {
				zone.NameServers = append(zone.NameServers, dnsproviders.Plain(host))
			}
			zones = append(zones, zone)
		}
		if page >= out.Info.Pages {
			break
		}
	}
	return zones, nil
}

type record struct {
	ID      string `json:"id,omitempty"`
	Type    string `json:"type,omitempty"`
	Name    string `json:"name,omitempty"`
	Content string `json:"content,omitempty"`
	TTL     int    `json:"ttl,omitempty"`
}

type batch struct {
	Deletes []record `json:"deletes,omitempty"`
	Posts   []record `json:"posts,omitempty"`
}

// Ensure adds what is missing.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	return "", a.change(ctx, z, c, func(there []record) (b batch) {
		for _, value := range c.Values {
			if !slices.ContainsFunc(there, func(r record) bool { return dnsproviders.Unquoted(r.Content) == value }) {
				b.Posts = append(b.Posts, record{Type: "TXT", Name: c.Name, Content: dnsproviders.Quoted(value), TTL: max(minTTL, int(c.TTL/time.Second))})
			}
		}
		return b
	})
}

// Remove takes the values' records away.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	return a.change(ctx, z, c, func(there []record) (b batch) {
		for _, r := range there {
			if slices.Contains(c.Values, dnsproviders.Unquoted(r.Content)) {
				b.Deletes = append(b.Deletes, record{ID: r.ID})
			}
		}
		return b
	})
}

// Settled is true: Cloudflare does not tell when its servers have a change.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

// change looks and sends a batch, and looks again if others did the same meanwhile.
func (a *Account) change(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, plan func([]record) batch) error {
	base := "/zones/" + url.PathEscape(z.ID) + "/dns_records"
	for range tries {
		var out struct{ Result []record }
		query := url.Values{"type": {"TXT"}, "name": {c.Name}, "per_page": {"1000"}}
		if err := a.do(ctx, webapi.Call{Method: http.MethodGet, Path: base + "?" + query.Encode(), Zone: z.Name, Name: c.Name, Out: &out}); err != nil {
			return err
		}
		b := plan(out.Result)
		if len(b.Deletes)+len(b.Posts) == 0 {
			return nil
		}
		call := webapi.Call{Method: http.MethodPost, Path: base + "/batch", Zone: z.Name, Name: c.Name, In: b}
		code, err := a.try(ctx, call)
		if err == nil || !slices.Contains([]int64{codeNoRecord, codeExists, codeIdentical}, code) {
			return err
		}
	}
	return dnsproviders.Conflict(c.Name, fmt.Errorf("changed by others %d times", tries))
}

func (a *Account) do(ctx context.Context, call webapi.Call) error {
	_, err := a.try(ctx, call)
	return err
}

// try sends a request; code is the API's own of an error.
func (a *Account) try(ctx context.Context, call webapi.Call) (code int64, err error) {
	var raw []byte
	call.Raw, call.Accept = &raw, []int{http.StatusBadRequest, http.StatusNotFound}
	status, err := a.api.Do(ctx, call)
	if err != nil || status < http.StatusBadRequest {
		return 0, err
	}
	code = gjson.GetBytes(raw, "errors.0.code").Int()
	switch code {
	case codeBadHeaders, codeAuthFailure:
		status = http.StatusForbidden
	case codeNoRoute:
		status = http.StatusNotFound
	case codeNoRecord, codeExists, codeIdentical:
		status = http.StatusConflict
	}
	return code, a.api.Explain(call, status, nil, raw)
}

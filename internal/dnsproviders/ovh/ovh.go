// Package ovh writes TXT records with the API of OVHcloud. Records have ids; they
// are looked up by name and value before each change. What was changed reaches the
// name servers when the zone is refreshed, which each change ends with.
package ovh

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ovh/go-ovh/ovh"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

const (
	minTTL  = 60 // seconds
	timeout = 30 * time.Second
)

var service = webapi.Service{Name: "OVHcloud", Needs: "the rights GET /domain/zone/*, POST /domain/zone/*/record, POST /domain/zone/*/refresh and DELETE /domain/zone/*/record/*"}

// Config names an application with its consumer key.
type Config struct {
	// Endpoint is "ovh-eu", "ovh-ca", "ovh-us" or a URL.
	Endpoint                                       string
	ApplicationKey, ApplicationSecret, ConsumerKey string
	HTTP                                           *http.Client // replaces the usual client
}

// Account is the zones that a consumer key reaches.
type Account struct{ client *ovh.Client }

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O, and does not look for keys in files or in
// the environment as the SDK's own constructor does.
func New(c Config) (*Account, error) {
	client := &ovh.Client{AppKey: c.ApplicationKey, AppSecret: c.ApplicationSecret, ConsumerKey: c.ConsumerKey, Client: service.HTTP(c.HTTP), Timeout: timeout, UserAgent: "certgate"}
	endpoint, known := ovh.Endpoints[c.Endpoint]
	if !known {
		endpoint = c.Endpoint
	}
	if u, err := url.Parse(endpoint); err != nil || u.Host == "" {
		return nil, fmt.Errorf("ovh: %q is neither ovh-eu, ovh-ca or ovh-us nor a URL", c.Endpoint)
	}
	return &Account{client}, client.SetEndpoint(endpoint)
}

// Zones lists the zones; NameServers has their name servers.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	var names []string
	if err := a.client.GetWithContext(ctx, "/domain/zone", &names); err != nil {
		return nil, explain(ctx, "list zones", err)
	}
	var zones []dnsproviders.Zone
	for _, name := range names {
		zones = append(zones, dnsproviders.Zone{ID: name, Name: dnsproviders.Plain(name)})
	}
	return zones, nil
}

var _ dnsproviders.NameServerLister = (*Account)(nil)

// NameServers reads them from the zone.
func (a *Account) NameServers(ctx context.Context, z dnsproviders.Zone) ([]string, error) {
	ctx = webapi.About(ctx, z.Name, z.Name)
	var zone struct {
		NameServers []string `json:"nameServers"`
	}
	if err := a.client.GetWithContext(ctx, path(z), &zone); err != nil {
		return nil, explain(ctx, "read the zone", err)
	}
	for i, host := range zone.NameServers {
		zone.NameServers[i] = dnsproviders.Plain(host)
	}
	return zone.NameServers, nil
}

type record struct {
	ID        int64  `json:"id,omitempty"`
	FieldType string `json:"fieldType,omitempty"`
	SubDomain string `json:"subDomain"`
	Target    string `json:"target"`
	TTL       int    `json:"ttl,omitempty"`
}

// Ensure adds a record for each value that is missing, then refreshes the zone,
// also when nothing is missing: the call before may have ended in between.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	ctx = webapi.About(ctx, z.Name, c.Name)
	there, err := a.read(ctx, z, c)
	if err != nil {
		return "", err
	}
	for _, value := range c.Values {
		if slices.ContainsFunc(there, func(r record) bool { return dnsproviders.Unquoted(r.Target) == value }) {
			continue
		}
		in := record{FieldType: "TXT", SubDomain: z.Relative(c.Name, ""), Target: dnsproviders.Quoted(value), TTL: max(minTTL, int(c.TTL/time.Second))}
		if err := a.client.PostWithContext(ctx, path(z)+"/record", in, nil); err != nil {
			return "", explain(ctx, "add a record", err)
		}
	}
	return "", a.refresh(ctx, z)
}

// Remove deletes the values' records, then refreshes the zone.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	ctx = webapi.About(ctx, z.Name, c.Name)
	there, err := a.read(ctx, z, c)
	if err != nil {
		return err
	}
	for _, r := range there {
		if !slices.Contains(c.Values, dnsproviders.Unquoted(r.Target)) {
			continue
		}
		if err := a.client.DeleteWithContext(ctx, fmt.Sprintf("%s/record/%d", path(z), r.ID), nil); err != nil && statusOf(err) != http.StatusNotFound {
			return explain(ctx, "delete a record", err)
		}
	}
	return a.refresh(ctx, z)
}

// Settled is true: OVHcloud does not tell when its servers have a change.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

// read lists the ids of the name's records and reads each.
func (a *Account) read(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) ([]record, error) {
	query := url.Values{"fieldType": {"TXT"}, "subDomain": {z.Relative(c.Name, "")}}
	var ids []int64
	if err := a.client.GetWithContext(ctx, path(z)+"/record?"+query.Encode(), &ids); err != nil {
		return nil, explain(ctx, "list records", err)
	}
	var records []record
	for _, id := range ids {
		var r record
		err := a.client.GetWithContext(ctx, fmt.Sprintf("%s/record/%d", path(z), id), &r)
		if statusOf(err) == http.StatusNotFound {
			continue // deleted since
		}
		if err != nil {
			return nil, explain(ctx, "read a record", err)
		}
		records = append(records, r)
	}
	return records, nil
}

func (a *Account) refresh(ctx context.Context, z dnsproviders.Zone) error {
	return explain(ctx, "refresh the zone", a.client.PostWithContext(ctx, path(z)+"/refresh", nil, nil))
}

func path(z dnsproviders.Zone) string { return "/domain/zone/" + url.PathEscape(z.ID) }

func statusOf(err error) int {
	if answer := (*ovh.APIError)(nil); errors.As(err, &answer) {
		return answer.Code
	}
	return 0
}

func explain(ctx context.Context, verb string, err error) error {
	sentence := ""
	if answer := (*ovh.APIError)(nil); errors.As(err, &answer) {
		sentence = answer.Message
	}
	return service.Explain(ctx, verb, statusOf(err), sentence, err)
}

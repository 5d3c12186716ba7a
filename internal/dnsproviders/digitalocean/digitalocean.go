// Package digitalocean writes TXT records with DigitalOcean's API. Records have ids;
// they are looked up by name and value before each change.
package digitalocean

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

const (
	minTTL   = 30 // seconds
	pageSize = 200
	maxPages = 100
)

// nameServers are those of every zone.
var nameServers = []string{"ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"}

var service = webapi.Service{Name: "DigitalOcean", Needs: "the scopes domain:read, domain:create and domain:delete"}

// Config names a personal access token.
type Config struct {
	Token string
	// Endpoint replaces the public address; HTTP the client.
	Endpoint string
	HTTP     *http.Client
}

// Account is the domains of one team.
type Account struct{ client *godo.Client }

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O. It fails on an endpoint that is no URL.
func New(c Config) (*Account, error) {
	options := []godo.ClientOpt{godo.SetRequestHeaders(map[string]string{"Authorization": "Bearer " + c.Token}), godo.SetUserAgent("certgate")}
	if c.Endpoint != "" {
		options = append(options, godo.SetBaseURL(strings.TrimSuffix(c.Endpoint, "/")+"/"))
	}
	client, err := godo.New(service.HTTP(c.HTTP), options...)
	return &Account{client}, err
}

// Zones lists the domains.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	var zones []dnsproviders.Zone
	for page := 1; page <= maxPages; page++ {
		found, resp, err := a.client.Domains.List(ctx, &godo.ListOptions{Page: page, PerPage: pageSize})
		if err != nil {
			return nil, explain(ctx, "list domains", err)
		}
		for _, d := range found {
			zones = append(zones, dnsproviders.Zone{ID: d.Name, Name: dnsproviders.Plain(d.Name), NameServers: nameServers})
		}
		if resp.Links == nil || resp.Links.IsLastPage() {
			break
		}
	}
	return zones, nil
}

// Ensure adds a record for each value that is missing. There is no change of
// several records at once.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	ctx = webapi.About(ctx, z.Name, c.Name)
	there, err := a.read(ctx, z, c)
	if err != nil {
		return "", err
	}
	for _, value := range c.Values {
		if slices.ContainsFunc(there, func(r godo.DomainRecord) bool { return dnsproviders.Unquoted(r.Data) == value }) {
			continue
		}
		_, _, err := a.client.Domains.CreateRecord(ctx, z.ID, &godo.DomainRecordEditRequest{
			Type: "TXT", Name: z.Relative(c.Name, "@"), Data: value, TTL: max(minTTL, int(c.TTL/time.Second))})
		if err != nil {
			return "", explain(ctx, "add a record", err)
		}
	}
	return "", nil
}

// Remove deletes the values' records; one that is gone meanwhile is fine.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	ctx = webapi.About(ctx, z.Name, c.Name)
	there, err := a.read(ctx, z, c)
	if err != nil {
		return err
	}
	for _, r := range there {
		if !slices.Contains(c.Values, dnsproviders.Unquoted(r.Data)) {
			continue
		}
		if resp, err := a.client.Domains.DeleteRecord(ctx, z.ID, r.ID); err != nil && (resp == nil || resp.StatusCode != http.StatusNotFound) {
			return explain(ctx, "delete a record", err)
		}
	}
	return nil
}

// Settled is true: DigitalOcean does not tell when its servers have a change.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

func (a *Account) read(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) ([]godo.DomainRecord, error) {
	found, _, err := a.client.Domains.RecordsByTypeAndName(ctx, z.ID, "TXT", c.Name, &godo.ListOptions{PerPage: pageSize})
	return found, explain(ctx, "read records", err)
}

func explain(ctx context.Context, verb string, err error) error {
	var answer *godo.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		return service.Explain(ctx, verb, answer.Response.StatusCode, answer.Message, err)
	}
	return service.Explain(ctx, verb, 0, "", err)
}

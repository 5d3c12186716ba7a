// Package hetzner writes TXT records with the DNS part of Hetzner's Cloud API (the
// older API of dns.hetzner.com has other tokens and is another one). Single records
// of a set are added and removed by their value, so that others lose nothing.
package hetzner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

const minTTL = 60 // seconds

var service = webapi.Service{Name: "Hetzner DNS", Needs: "to be an API token with read and write access of the project that holds the zone"}

// Config names an API token of a Cloud project, with read and write access.
type Config struct {
	Token string
	// Endpoint replaces the public address; HTTP the client.
	Endpoint string
	HTTP     *http.Client
}

// Account is the zones of one project.
type Account struct{ client *hcloud.Client }

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O.
func New(c Config) *Account {
	options := []hcloud.ClientOption{hcloud.WithToken(c.Token), hcloud.WithHTTPClient(service.HTTP(c.HTTP)),
		hcloud.WithRetryOpts(hcloud.RetryOpts{BackoffFunc: hcloud.ConstantBackoff(0), MaxRetries: 0}), hcloud.WithApplication("certgate", "")}
	if c.Endpoint != "" {
		options = append(options, hcloud.WithEndpoint(c.Endpoint))
	}
	return &Account{hcloud.NewClient(options...)}
}

// Zones lists the project's primary zones; secondary ones are changed elsewhere.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	all, err := a.client.Zone.All(ctx)
	if err != nil {
		return nil, explain(ctx, "list zones", err)
	}
	var zones []dnsproviders.Zone
	for _, z := range all {
		if z.Mode == hcloud.ZoneModeSecondary {
			continue
		}
		zone := dnsproviders.Zone{ID: strconv.FormatInt(z.ID, 10), Name: dnsproviders.Plain(z.Name)}
		for _, host := range z.AuthoritativeNameservers.Assigned {
			zone.NameServers = append(zone.NameServers, dnsproviders.Plain(host))
		}
		zones = append(zones, zone)
	}
	return zones, nil
}

// Ensure adds the values that are missing. The receipt is the action's id.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	ctx = webapi.About(ctx, z.Name, c.Name)
	set, there, err := a.read(ctx, z, c)
	if err != nil {
		return "", err
	}
	missing := dnsproviders.Missing(c.Values, there)
	if len(missing) == 0 {
		return "", nil
	}
	options := hcloud.ZoneRRSetAddRecordsOpts{Records: records(missing)}
	if len(there) == 0 {
		ttl := max(minTTL, int(c.TTL/time.Second))
		options.TTL = &ttl // a set's TTL cannot be given again
	}
	action, _, err := a.client.Zone.AddRRSetRecords(ctx, set, options)
	if err != nil {
		return "", explain(ctx, "add records", err)
	}
	return dnsproviders.Receipt(strconv.FormatInt(action.ID, 10)), nil
}

// Settled asks for the action: it ends when the zone has the change.
func (a *Account) Settled(ctx context.Context, z dnsproviders.Zone, r dnsproviders.Receipt) (bool, error) {
	if r == "" {
		return true, nil // nothing was changed
	}
	id, err := strconv.ParseInt(string(r), 10, 64)
	if err != nil {
		return false, fmt.Errorf("receipt %q: %w", r, err)
	}
	ctx = webapi.About(ctx, z.Name, z.Name)
	action, _, err := a.client.Action.GetByID(ctx, id)
	switch {
	case err != nil:
		return false, explain(ctx, "read an action", err)
	case action == nil: // they are not kept for ever
		return true, nil
	case action.Status == hcloud.ActionStatusError:
		return false, dnsproviders.Refused(service.Name, z.Name, action.ErrorMessage, action.Error())
	}
	return action.Status == hcloud.ActionStatusSuccess, nil
}

// Remove takes the values away; the set goes with the last one.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	ctx = webapi.About(ctx, z.Name, c.Name)
	set, there, err := a.read(ctx, z, c)
	if err != nil {
		return err
	}
	ours := slices.DeleteFunc(there, func(v string) bool { return !slices.Contains(c.Values, v) })
	if len(ours) == 0 {
		return nil
	}
	_, _, err = a.client.Zone.RemoveRRSetRecords(ctx, set, hcloud.ZoneRRSetRemoveRecordsOpts{Records: records(ours)})
	return explain(ctx, "remove records", err)
}

// read looks at the set; one that is not there has no values.
func (a *Account) read(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (*hcloud.ZoneRRSet, []string, error) {
	zone := &hcloud.Zone{Name: z.Name}
	name := z.Relative(c.Name, "@")
	set, _, err := a.client.Zone.GetRRSetByNameAndType(ctx, zone, name, hcloud.ZoneRRSetTypeTXT)
	if err == nil && set == nil { // the zone, or the set alone?
		found, _, err := a.client.Zone.GetByName(ctx, z.Name)
		if err == nil && found == nil {
			return nil, nil, dnsproviders.ZoneNotFound(service.Name, z.Name, nil)
		}
		return &hcloud.ZoneRRSet{Zone: zone, Name: name, Type: hcloud.ZoneRRSetTypeTXT}, nil, explain(ctx, "read the zone", err)
	}
	if err != nil {
		return nil, nil, explain(ctx, "read records", err)
	}
	set.Zone = zone
	var values []string
	for _, r := range set.Records {
		values = append(values, dnsproviders.Unquoted(r.Value))
	}
	return set, values, nil
}

func records(values []string) []hcloud.ZoneRRSetRecord {
	var out []hcloud.ZoneRRSetRecord
	for _, v := range values {
		out = append(out, hcloud.ZoneRRSetRecord{Value: dnsproviders.Quoted(v)})
	}
	return out
}

func explain(ctx context.Context, verb string, err error) error {
	var answer hcloud.Error
	if !errors.As(err, &answer) {
		return service.Explain(ctx, verb, 0, "", err)
	}
	status := http.StatusUnprocessableEntity
	if answer.Response() != nil {
		status = answer.Response().StatusCode
	}
	if answer.Code == hcloud.ErrorCodeLocked || answer.Code == hcloud.ErrorCodeConflict {
		status = http.StatusConflict
	}
	return service.Explain(ctx, verb, status, answer.Message, err)
}

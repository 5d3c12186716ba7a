// Package googledns writes TXT records in Google Cloud DNS. A record set is replaced
// by deleting exactly what was read and adding the new one in one change, which the
// service refuses whole when somebody changed the set in between.
package googledns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"
	"google.golang.org/api/dns/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

const tries = 3 // reads and changes of one call

var service = webapi.Service{Name: "Google Cloud DNS", Needs: "the role DNS Administrator, or dns.managedZones.list, dns.resourceRecordSets.*, dns.changes.create and dns.changes.get",
	Limited: func(body []byte) bool {
		return strings.Contains(string(body), "rateLimitExceeded") || strings.Contains(string(body), "RateLimitExceeded") || strings.Contains(string(body), "quotaExceeded")
	}}

// Config names a service account's key.
type Config struct {
	KeyJSON []byte // the key file as Google gives it
	Project string // "" is the key's own
	// Endpoint replaces the public address, HTTP the client.
	Endpoint string
	HTTP     *http.Client
}

// Account is the managed zones of one project.
type Account struct {
	dns     *dns.Service
	project string
}

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O. It fails on a key that cannot be read.
func New(c Config) (*Account, error) {
	var key struct {
		Type     string `json:"type"`
		Project  string `json:"project_id"`
		Email    string `json:"client_email"`
		KeyID    string `json:"private_key_id"`
		Key      string `json:"private_key"`
		TokenURI string `json:"token_uri"`
	}
	if err := json.Unmarshal(c.KeyJSON, &key); err != nil || key.Type != "service_account" || key.Key == "" || key.TokenURI == "" {
		return nil, errors.New("google cloud dns: the secret is not the JSON key of a service account")
	}
	if c.Project == "" {
		c.Project = key.Project
	}
	classified := service.HTTP(c.HTTP)
	plain := &http.Client{Timeout: classified.Timeout, CheckRedirect: classified.CheckRedirect}
	if c.HTTP != nil {
		plain.Transport = c.HTTP.Transport
	}
	tokens := (&jwt.Config{Email: key.Email, PrivateKey: []byte(key.Key), PrivateKeyID: key.KeyID, TokenURL: key.TokenURI, Scopes: []string{dns.NdevClouddnsReadwriteScope}}).
		TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, plain))
	classified.Transport = &oauth2.Transport{Source: oauth2.ReuseTokenSource(nil, explained{tokens}), Base: classified.Transport}
	options := []option.ClientOption{option.WithHTTPClient(classified), option.WithUserAgent("certgate")}
	if c.Endpoint != "" {
		options = append(options, option.WithEndpoint(c.Endpoint))
	}
	client, err := dns.NewService(context.Background(), options...)
	return &Account{client, c.Project}, err
}

// explained says what a key that gets no token means.
type explained struct{ oauth2.TokenSource }

func (e explained) Token() (*oauth2.Token, error) {
	token, err := e.TokenSource.Token()
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		status := refused.Response.StatusCode
		if status == http.StatusBadRequest { // invalid_grant: deleted, or the clock is wrong
			status = http.StatusForbidden
		}
		return nil, service.Explain(context.Background(), "get a token", status, "", err)
	}
	return token, err
}

// Zones lists the project's public zones.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	var zones []dnsproviders.Zone
	err := a.dns.ManagedZones.List(a.project).Pages(ctx, func(page *dns.ManagedZonesListResponse) error {
		for _, z := range page.ManagedZones {
			if z.Visibility == "private" {
				continue
			}
			zone := dnsproviders.Zone{ID: z.Name, Name: dnsproviders.Plain(z.DnsName)}
			for _, host := range z.NameServers {
				zone.NameServers = append(zone.NameServers, dnsproviders.Plain(host))
			}
			zones = append(zones, zone)
		}
		return nil
	})
	return zones, explain(ctx, "list managed zones", err)
}

// Ensure adds the values. The receipt is the change's id. A set that stands keeps its TTL.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	return a.edit(ctx, z, c, c.With)
}

// Remove takes the values away, and the set with the last one.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	_, err := a.edit(ctx, z, c, c.Without)
	return err
}

// Settled asks whether all of the zone's name servers have the change.
func (a *Account) Settled(ctx context.Context, z dnsproviders.Zone, r dnsproviders.Receipt) (bool, error) {
	if r == "" {
		return true, nil // nothing was changed
	}
	ctx = webapi.About(ctx, z.Name, z.Name)
	change, err := a.dns.Changes.Get(a.project, z.ID, string(r)).Context(ctx).Do()
	if err != nil {
		return false, explain(ctx, "read a change", err)
	}
	return change.Status == "done", nil
}

func (a *Account) edit(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, plan func([]string) []string) (dnsproviders.Receipt, error) {
	ctx = webapi.About(ctx, z.Name, c.Name)
	for range tries {
		found, err := a.dns.ResourceRecordSets.List(a.project, z.ID).Name(c.Name + ".").Type("TXT").Context(ctx).Do()
		if err != nil {
			return "", explain(ctx, "read records", err)
		}
		change := &dns.Change{Deletions: found.Rrsets}
		made := &dns.ResourceRecordSet{Name: c.Name + ".", Type: "TXT", Ttl: max(1, int64(c.TTL/time.Second))}
		var there, as []string // the values, and how they are written
		for _, set := range found.Rrsets {
			made.Ttl, as = set.Ttl, append(as, set.Rrdatas...)
		}
		for _, data := range as {
			there = append(there, dnsproviders.Unquoted(data))
		}
		after := plan(there)
		if slices.Equal(there, after) {
			return "", nil
		}
		for _, v := range after {
			if i := slices.Index(there, v); i >= 0 {
				made.Rrdatas = append(made.Rrdatas, as[i])
			} else {
				made.Rrdatas = append(made.Rrdatas, dnsproviders.Quoted(v))
			}
		}
		if len(after) > 0 {
			change.Additions = []*dns.ResourceRecordSet{made}
		}
		done, err := a.dns.Changes.Create(a.project, z.ID, change).Context(ctx).Do()
		if err == nil {
			return dnsproviders.Receipt(done.Id), nil
		}
		if !isOutdated(err) {
			return "", explain(ctx, "change records", err)
		}
	}
	return "", dnsproviders.Conflict(c.Name, fmt.Errorf("changed by others %d times", tries))
}

// isOutdated recognises a change that was made for another state of the set.
func isOutdated(err error) bool {
	var answer *googleapi.Error
	if !errors.As(err, &answer) {
		return false
	}
	gone := answer.Code == http.StatusNotFound && strings.Contains(answer.Body, "entity.change.deletions")
	return gone || answer.Code == http.StatusConflict || answer.Code == http.StatusPreconditionFailed
}

func explain(ctx context.Context, verb string, err error) error {
	var answer *googleapi.Error
	if errors.As(err, &answer) {
		return service.Explain(ctx, verb, answer.Code, answer.Message, err)
	}
	return service.Explain(ctx, verb, 0, "", err)
}

// Package route53 writes TXT records in Amazon Route 53. A record set is replaced
// by deleting exactly what was read and creating the new one in one batch, which
// Route 53 refuses whole when somebody changed the set in between.
package route53

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/webapi"
)

const (
	tries    = 3 // reads and batches of one call
	maxPages = 100
	region   = "us-east-1" // Route 53 is one for all regions
)

// The API says some things with 400 that others have a status for.
var statuses = map[string]int{
	"Throttling": http.StatusTooManyRequests, "ThrottlingException": http.StatusTooManyRequests,
	"PriorRequestNotComplete": http.StatusConflict, "NoSuchHostedZone": http.StatusNotFound,
}

var service = webapi.Service{Name: "Route 53", Needs: "route53:ListHostedZones, route53:GetHostedZone, route53:ListResourceRecordSets, route53:ChangeResourceRecordSets and route53:GetChange",
	Limited: func(body []byte) bool {
		return strings.Contains(string(body), "<Code>Throttling")
	}}

// Config names an access key of an IAM user.
type Config struct {
	AccessKeyID, SecretAccessKey string
	SessionToken                 string // "" for a key that does not end
	// Endpoint replaces the public address; HTTP the client.
	Endpoint string
	HTTP     *http.Client
}

// Account is the hosted zones of one AWS account.
type Account struct{ client *route53.Client }

var (
	_ dnsproviders.Account          = (*Account)(nil)
	_ dnsproviders.NameServerLister = (*Account)(nil)
)

// New makes an Account. It does no I/O, and looks for no credentials of the machine.
func New(c Config) *Account {
	options := route53.Options{Region: region, HTTPClient: service.HTTP(c.HTTP), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken)}
	if c.Endpoint != "" {
		options.BaseEndpoint = &c.Endpoint
	}
	return &Account{route53.New(options)}
}

// Zones lists the public hosted zones. There may be several of one name.
func (a *Account) Zones(ctx context.Context) ([]dnsproviders.Zone, error) {
	var zones []dnsproviders.Zone
	in := &route53.ListHostedZonesInput{}
	for range maxPages {
		page, err := a.client.ListHostedZones(ctx, in)
		if err != nil {
			return nil, explain(ctx, "list hosted zones", err)
		}
		for _, z := range page.HostedZones {
			if z.Config == nil || !z.Config.PrivateZone {
				zones = append(zones, dnsproviders.Zone{ID: strings.TrimPrefix(aws.ToString(z.Id), "/hostedzone/"), Name: dnsproviders.Plain(aws.ToString(z.Name))})
			}
		}
		if !page.IsTruncated {
			break
		}
		in.Marker = page.NextMarker
	}
	return zones, nil
}

// NameServers reads the zone's delegation set. The list of zones does not have it,
// and five requests a second are all that an account may send.
func (a *Account) NameServers(ctx context.Context, z dnsproviders.Zone) ([]string, error) {
	ctx = webapi.About(ctx, z.Name, z.Name)
	out, err := a.client.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: &z.ID})
	if err != nil {
		return nil, explain(ctx, "read the hosted zone", err)
	}
	var hosts []string
	if out.DelegationSet != nil {
		for _, host := range out.DelegationSet.NameServers {
			hosts = append(hosts, dnsproviders.Plain(host))
		}
	}
	return hosts, nil
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

// Settled asks whether the change is in sync on all of Route 53's name servers.
func (a *Account) Settled(ctx context.Context, z dnsproviders.Zone, r dnsproviders.Receipt) (bool, error) {
	if r == "" {
		return true, nil // nothing was changed
	}
	ctx = webapi.About(ctx, "", z.Name)
	out, err := a.client.GetChange(ctx, &route53.GetChangeInput{Id: aws.String(string(r))})
	if err != nil {
		return false, explain(ctx, "read a change", err)
	}
	return out.ChangeInfo != nil && out.ChangeInfo.Status == types.ChangeStatusInsync, nil
}

// edit reads the set and sends a batch, again if it was changed in between.
func (a *Account) edit(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, change func([]string) []string) (dnsproviders.Receipt, error) {
	ctx = webapi.About(ctx, z.Name, c.Name)
	for range tries {
		old, err := a.read(ctx, z, c.Name)
		if err != nil {
			return "", err
		}
		var there []string
		for _, r := range old.ResourceRecords {
			there = append(there, dnsproviders.Unquoted(aws.ToString(r.Value)))
		}
		after := change(there)
		if slices.Equal(there, after) {
			return "", nil
		}
		var changes []types.Change
		if len(there) > 0 {
			changes = append(changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &old})
		}
		if len(after) > 0 {
			made := old
			made.ResourceRecords = nil
			for _, v := range after {
				i := slices.Index(there, v)
				if i >= 0 {
					made.ResourceRecords = append(made.ResourceRecords, old.ResourceRecords[i]) // as it was written
					continue
				}
				made.ResourceRecords = append(made.ResourceRecords, types.ResourceRecord{Value: aws.String(dnsproviders.Quoted(v))})
			}
			if len(there) == 0 {
				made.Name, made.Type, made.TTL = aws.String(c.Name+"."), types.RRTypeTxt, aws.Int64(max(1, int64(c.TTL/time.Second)))
			}
			changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &made})
		}
		out, err := a.client.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &z.ID, ChangeBatch: &types.ChangeBatch{Changes: changes}})
		if err == nil {
			return dnsproviders.Receipt(strings.TrimPrefix(aws.ToString(out.ChangeInfo.Id), "/change/")), nil
		}
		if !isOutdated(err) {
			return "", explain(ctx, "change records", err)
		}
	}
	return "", dnsproviders.Conflict(c.Name, fmt.Errorf("changed by others %d times", tries))
}

// read looks at the name's TXT set; one that is not there has no records.
func (a *Account) read(ctx context.Context, z dnsproviders.Zone, name string) (types.ResourceRecordSet, error) {
	out, err := a.client.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: &z.ID,
		StartRecordName: aws.String(name + "."), StartRecordType: types.RRTypeTxt, MaxItems: aws.Int32(1)})
	if err != nil {
		return types.ResourceRecordSet{}, explain(ctx, "read records", err)
	}
	for _, set := range out.ResourceRecordSets {
		if dnsproviders.Plain(aws.ToString(set.Name)) == name && set.Type == types.RRTypeTxt {
			return set, nil
		}
	}
	return types.ResourceRecordSet{}, nil
}

// isOutdated recognises a batch that was made for another state of the set: what
// was to be deleted is not there as it was, or what was to be created is there.
func isOutdated(err error) bool {
	var batch *types.InvalidChangeBatch
	if !errors.As(err, &batch) {
		return false
	}
	text := strings.Join(append(batch.Messages, batch.ErrorMessage()), " ")
	return strings.Contains(text, "but it already exists") || strings.Contains(text, "but it was not found") || strings.Contains(text, "do not match the current values")
}

func explain(ctx context.Context, verb string, err error) error {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return service.Explain(ctx, verb, 0, "", err)
	}
	status := http.StatusBadRequest
	if resp := (*awshttp.ResponseError)(nil); errors.As(err, &resp) {
		status = resp.HTTPStatusCode()
	}
	if known, ok := statuses[answer.ErrorCode()]; ok {
		status = known
	}
	sentence := answer.ErrorMessage()
	if batch := (*types.InvalidChangeBatch)(nil); errors.As(err, &batch) && len(batch.Messages) > 0 {
		sentence = strings.Join(batch.Messages, " ")
	}
	return service.Explain(ctx, verb, status, sentence, err)
}

// Package azuredns writes TXT records into public zones of Azure DNS, through Azure
// Resource Manager and with the app's identity.
//
// A record set is one resource with an ETag: it is read, changed and written back
// on condition that nobody changed it in between, so that several writers lose
// nothing. Deleting it is on the same condition.
package azuredns

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"certgate/internal/azureerror"
	"certgate/internal/dnsproviders"
)

// apiVersion of Microsoft.Network/dnsZones.
const apiVersion = "2018-05-01"

// tryTimeout bounds one HTTP exchange; Azure DNS answers within a second.
const tryTimeout = 30 * time.Second

// service is how sentences begin.
const service = "Azure DNS"

// Config says which zones, and how to reach them.
type Config struct {
	// Scopes are resource ids: of zones, or of resource groups and subscriptions,
	// whose public zones are then listed with each call of Zones.
	Scopes     []string
	Credential azcore.TokenCredential
	// Options choose the cloud and the transport. Nothing is tried again within a
	// call: a step of a flow waits by message and not by sleeping.
	Options arm.ClientOptions
}

// Account is the zones of a Config. It is safe for concurrent use.
type Account struct {
	scopes []string
	arm    *arm.Client
}

var _ dnsproviders.Account = (*Account)(nil)

// New makes an Account. It does no I/O. It fails on a scope that has no public zones.
func New(c Config) (*Account, error) {
	if len(c.Scopes) == 0 {
		return nil, errors.New("azure dns: no zone is named: give the resource id of a zone, of a resource group or of a subscription")
	}
	a := &Account{}
	for _, scope := range c.Scopes {
		scope = "/" + strings.Trim(scope, "/")
		if err := checkScope(scope); err != nil {
			return nil, err
		}
		a.scopes = append(a.scopes, scope)
	}
	options := c.Options
	options.DisableRPRegistration = true // it writes to the subscription, which nobody asked for
	options.Retry = policy.RetryOptions{MaxRetries: -1, TryTimeout: tryTimeout}
	var err error
	if a.arm, err = arm.NewClient("certgate", "v1.0.0", azureerror.MarkTokens(c.Credential), &options); err != nil {
		return nil, fmt.Errorf("azure dns: %w", err)
	}
	return a, nil
}

// checkScope tells a mistake in the settings from an id that leads to zones.
func checkScope(scope string) error {
	parts := strings.Split(scope[1:], "/")
	is := func(i int, word string) bool { return strings.EqualFold(parts[i], word) }
	switch n := len(parts); {
	case n == 8 && is(6, "privateDnsZones"):
		return fmt.Errorf("azure dns: %s is a private zone, which no public certificate authority sees: name the public zone", scope)
	case (n == 2 || n == 4 || n == 8) && is(0, "subscriptions") && (n < 4 || is(2, "resourceGroups")) &&
		(n < 8 || is(4, "providers") && is(5, "Microsoft.Network") && is(6, "dnsZones")):
		return nil
	}
	return fmt.Errorf("azure dns: %q is not the resource id of a zone (/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/dnsZones/example.com), a resource group or a subscription", scope)
}

func isZone(scope string) bool { return strings.Count(scope, "/") == 8 }

// request makes one for a resource, or for a whole link such as the next page's.
func (a *Account) request(ctx context.Context, method, target string) (*policy.Request, error) {
	if strings.HasPrefix(target, "/") {
		escaped := (&url.URL{Path: target}).EscapedPath()
		target = strings.TrimRight(a.arm.Endpoint(), "/") + escaped + "?api-version=" + apiVersion
	}
	req, err := runtime.NewRequest(ctx, method, target)
	if err != nil {
		return nil, err
	}
	req.Raw().Header.Set("Accept", "application/json")
	return req, nil
}

// do returns the body of an answer of the 2xx kind, or an error: a *refusal for
// every other answer.
func (a *Account) do(req *policy.Request) ([]byte, error) {
	resp, err := a.arm.Pipeline().Do(req)
	if err != nil {
		return nil, err
	}
	raw, err := runtime.Payload(resp)
	if resp.StatusCode < http.StatusOK || resp.StatusCode > 299 {
		return nil, refusalOf(resp, raw) // a body that cannot be read leaves the status
	}
	return raw, err
}

// Package challengeblob keeps the validation files of http-01 challenges
// (RFC 8555 section 8.3) in an Azure Storage blob container, from which the
// gateway serves /.well-known/acme-challenge/. It implements
// issuance.ChallengeFiles.
package challengeblob

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"certgate/internal/azureerror"
	"certgate/internal/issuance"
)

// Config says where the container is and how to get in: by the SAS in the URL
// if there is one, else by the shared key if there is one, else by identity.
type Config struct {
	// ContainerURL: https://ACCOUNT.blob.core.windows.net/CONTAINER, with or
	// without a SAS as its query. A URL with a SAS is a secret.
	ContainerURL string
	// Credential is the identity used in Azure.
	Credential azcore.TokenCredential
	// SharedKey is for the local emulator, which knows no identities.
	SharedKey *SharedKey
	// Transport replaces the SDK's HTTP client; nil for the default.
	Transport policy.Transporter
	// EachTry are policies that see every try of a request.
	EachTry []policy.Policy
}

// SharedKey is an account's access key.
type SharedKey struct {
	Account string
	Key     string // base64, a secret
}

// The SDK retries inside a step, whose time is bounded.
const longestRetryDelay = 5 * time.Second

// Container is one blob container. It is safe for concurrent use.
type Container struct {
	account string // for messages
	name    string
	access  access
	client  *container.Client
}

var _ issuance.ChallengeFiles = (*Container)(nil)

// access is how we get in; what mends a refusal depends on it.
type access int

const (
	byIdentity access = iota
	bySharedKey
	bySAS
)

// New checks the configuration. It does no I/O. Its errors do not repeat the
// URL's query.
func New(c Config) (*Container, error) {
	u, err := url.Parse(c.ContainerURL)
	if err != nil {
		return nil, errors.New("blob container URL is not a URL")
	}
	account, name, ok := split(u, c.SharedKey != nil)
	if !ok {
		return nil, fmt.Errorf("blob container URL %s is not of the form https://ACCOUNT.blob.core.windows.net/CONTAINER", withoutQuery(u))
	}
	b := &Container{account: account, name: name}
	options := &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: c.Transport, PerRetryPolicies: c.EachTry,
		Retry: policy.RetryOptions{MaxRetryDelay: longestRetryDelay},
	}}

	switch {
	case u.Query().Has("sig"):
		b.access = bySAS
		b.client, err = container.NewClientWithNoCredential(u.String(), options)
	case u.RawQuery != "":
		return nil, fmt.Errorf("blob container URL %s has a query that is not a shared access signature", withoutQuery(u))
	case c.SharedKey != nil:
		b.access = bySharedKey
		key, keyErr := container.NewSharedKeyCredential(c.SharedKey.Account, c.SharedKey.Key)
		if keyErr != nil {
			return nil, errors.New("blob storage account key is not base64")
		}
		b.client, err = container.NewClientWithSharedKeyCredential(u.String(), key, options)
	case c.Credential == nil:
		return nil, fmt.Errorf("blob container URL %s: neither identity nor shared access signature nor key", withoutQuery(u))
	case u.Scheme != "https":
		return nil, fmt.Errorf("blob container URL %s: a token is sent over https only", withoutQuery(u))
	default:
		b.access = byIdentity
		b.client, err = container.NewClient(u.String(), azureerror.MarkTokens(c.Credential), options)
	}
	if err != nil {
		return nil, fmt.Errorf("blob container client for %s: %w", withoutQuery(u), err)
	}
	return b, nil
}

// split finds account and container. Azure has the account in the host name;
// the emulator, which is all that keys are for, may have it in the path.
func split(u *url.URL, keyed bool) (account, name string, ok bool) {
	if (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return "", "", false
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	account, _, _ = strings.Cut(u.Hostname(), ".")
	if (keyed || emulated(u.Hostname())) && len(parts) == 2 {
		account, parts = parts[0], parts[1:]
	}
	if len(parts) != 1 || parts[0] == "" {
		return "", "", false
	}
	return account, parts[0], true
}

// emulated reports a host that cannot be an account of Azure: an address or a
// single label.
func emulated(host string) bool {
	return net.ParseIP(host) != nil || !strings.Contains(host, ".")
}

func withoutQuery(u *url.URL) string {
	bare := *u
	bare.RawQuery, bare.User, bare.Fragment = "", nil, ""
	return bare.String()
}

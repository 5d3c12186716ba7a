// Package keyvault keeps certificate keys, certificates and the ACME account in
// an Azure Key Vault. It implements issuance.Vault.
//
// Private keys are made inside the vault: a certificate with the issuer
// "Unknown" starts as a pending operation that holds a CSR, and becomes a new
// version when the signed chain is merged into it. Until then the current
// version stays in force. A vault has at most one pending operation per name.
//
// Every method may run twice, also at the same time on two machines: it reads
// first and takes what an earlier run made.
package keyvault

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/internal/azureerror"
	"certgate/internal/issuance"
)

// Config says which vault is used, as whom, and what certificates look like.
type Config struct {
	// BaseURL of the vault: https://NAME.vault.azure.net, or its like in another cloud.
	BaseURL string
	// Credential is asked for tokens with the scope that the vault names itself.
	Credential azcore.TokenCredential
	// Transport replaces the SDK's HTTP client; nil for the default.
	Transport policy.Transporter
	// EachTry are policies that see every try of a request.
	EachTry []policy.Policy
	// KeyType of new keys; empty for RSA-2048, or what a certificate had that was taken
	// over.
	KeyType string
	// Install is the name of the app, for the tag of options; "" for none.
	Install string
	// ChainOrder of merged certificates; empty for leaf-first.
	ChainOrder ChainOrder
}

// ChainOrder is the order in which a chain is handed to the vault.
type ChainOrder string

const (
	// LeafFirst is what the service documents: it puts the leaf at index 0 itself.
	LeafFirst ChainOrder = "leaf-first"
	// RootFirst hands the chain over reversed and asks the vault to keep that
	// order. It helps consumers that get the PFX of a leaf-first merge upside down.
	RootFirst ChainOrder = "root-first"
)

// The SDK retries inside a step, whose time is bounded: a longer wish to wait
// becomes a durable.RetryLater and is waited for by message.
const longestRetryDelay = 5 * time.Second

// Vault is one Key Vault. It is safe for concurrent use.
type Vault struct {
	baseURL      string // without trailing slash
	name         string // first label of the host, as the az commands want it
	keys         keySpec
	keysSet      bool // the settings name a kind of key
	rootFirst    bool
	install      string
	certificates *azcertificates.Client
	secrets      *azsecrets.Client
	keyObjects   *azkeys.Client // only to look whether a name is a key's
}

var _ issuance.Vault = (*Vault)(nil)

// New checks the configuration. It does no I/O.
func New(c Config) (*Vault, error) {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("key vault URL %q is not of the form https://NAME.vault.azure.net", c.BaseURL)
	}
	if c.Credential == nil {
		return nil, errors.New("key vault: no credential")
	}
	keys, err := specFor(c.KeyType)
	if err != nil {
		return nil, err
	}
	if c.ChainOrder != "" && c.ChainOrder != LeafFirst && c.ChainOrder != RootFirst {
		return nil, fmt.Errorf("chain order %q is not %s or %s", c.ChainOrder, LeafFirst, RootFirst)
	}

	v := &Vault{
		baseURL:   "https://" + u.Host,
		keys:      keys,
		keysSet:   c.KeyType != "",
		rootFirst: c.ChainOrder == RootFirst,
		install:   c.Install,
	}
	v.name, _, _ = strings.Cut(u.Hostname(), ".")
	client := azcore.ClientOptions{
		Transport: c.Transport, PerRetryPolicies: c.EachTry,
		Retry: policy.RetryOptions{MaxRetryDelay: longestRetryDelay},
	}
	credential := azureerror.MarkTokens(c.Credential)
	if v.certificates, err = azcertificates.NewClient(v.baseURL, credential, &azcertificates.ClientOptions{ClientOptions: client}); err != nil {
		return nil, fmt.Errorf("key vault certificates client: %w", err)
	}
	if v.secrets, err = azsecrets.NewClient(v.baseURL, credential, &azsecrets.ClientOptions{ClientOptions: client}); err != nil {
		return nil, fmt.Errorf("key vault secrets client: %w", err)
	}
	if v.keyObjects, err = azkeys.NewClient(v.baseURL, credential, &azkeys.ClientOptions{ClientOptions: client}); err != nil {
		return nil, fmt.Errorf("key vault keys client: %w", err)
	}
	return v, nil
}

// validName reports whether the service takes name as an object name. The SDK
// puts any name into the URL, so it is checked before every call.
func validName(name string) bool {
	if len(name) < 1 || len(name) > 127 {
		return false
	}
	for _, c := range name {
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func checkRequest(r issuance.CertificateRequest) error {
	if !validName(r.Name) {
		return fmt.Errorf("certificate name %q is not 1 to 127 letters, digits and hyphens", r.Name)
	}
	if len(r.Hostnames) == 0 {
		return fmt.Errorf("certificate %s has no hostnames", r.Name)
	}
	return nil
}

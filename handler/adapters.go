package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"certgate/internal/armclient"
	"certgate/internal/azurestore"
	"certgate/internal/challengeblob"
	"certgate/internal/challengedns"
	"certgate/internal/dnsproviders/catalog"
	"certgate/internal/gatewayprobe"
	"certgate/internal/gatewayview"
	"certgate/internal/hostdns"
	"certgate/internal/issuers"
	"certgate/internal/keyvault"
	"certgate/internal/settings"
	"certgate/internal/webpubsub"
)

// adapters are certgate's ways to the world: one for each service that it uses.
type adapters struct {
	store    *azurestore.Store
	queue    *azurestore.Queue
	gateways []gateway // the default one first
	arm      *armclient.Client
	view     *gatewayview.View
	probe    *gatewayprobe.Prober
	vault    *keyvault.Vault
	vaults   *keyvault.Others
	issuers  *issuers.Issuers
	files    *challengeblob.Container
	resolver *hostdns.Resolver
	dns      *challengedns.DNS // nil without accounts
	pubsub   *webpubsub.Client // nil without the setting
}

// newAdapters makes them. It does no I/O.
func newAdapters(s settings.Settings, observed observing, log *slog.Logger) (a adapters, err error) {
	identity, err := credential(s.ClientID, s.TenantID, cloudOf(s.Cloud))
	if err != nil {
		return a, err
	}
	if a.store, a.queue, err = storage(s, observed); err != nil {
		return a, err
	}
	if a.gateways, err = newGateways(s, identity, observed); err != nil {
		return a, err
	}
	a.arm, err = armclient.New(identity, arm.ClientOptions{ClientOptions: azcore.ClientOptions{Cloud: cloudOf(s.Cloud), PerRetryPolicies: observed.eachTry("resourceManager")}})
	if err != nil {
		return a, fmt.Errorf("targets: %w", err)
	}
	vaultConfig := keyvault.Config{
		BaseURL: s.KeyVaultURL, Credential: identity,
		KeyType: s.KeyType, ChainOrder: keyvault.ChainOrder(s.ChainOrder), Install: s.SiteName, EachTry: observed.eachTry("keyVault"),
	}
	if a.vault, err = keyvault.New(vaultConfig); err != nil {
		return a, fmt.Errorf("key vault: %w", err)
	}
	a.vaults = keyvault.NewOthers(a.vault, vaultConfig)
	if a.issuers, err = newIssuers(s.Issuers, a, observed, log); err != nil {
		return a, err
	}
	a.files, err = challengeblob.New(challengeblob.Config{
		ContainerURL: s.BlobContainerURL.Reveal(), Credential: identity, SharedKey: sharedKey(s), EachTry: observed.eachTry("blobStorage"),
	})
	if err != nil {
		return a, fmt.Errorf("blob container: %w", err)
	}
	a.resolver, err = hostdns.New(hostdns.Config{Servers: s.DNSServers, AskPublic: s.InAzure, AuthorityPort: s.DNS.AuthorityPort})
	if err != nil {
		return a, fmt.Errorf("dns: %w", err)
	}
	if a.dns, err = challengeDNS(s.DNS, a, catalog.Tools{
		Credential: identity, Locks: a.store,
		ARM: arm.ClientOptions{ClientOptions: azcore.ClientOptions{Cloud: cloudOf(s.Cloud), PerRetryPolicies: observed.eachTry("dns")}},
	}); err != nil {
		return a, err
	}
	a.probe = gatewayprobe.New(gatewayprobe.Config{HTTPPort: s.Gateway.HTTPPort, HTTPSPort: s.Gateway.HTTPSPort, Lookup: a.resolver})
	if s.WebPubSub.Endpoint != "" {
		a.pubsub = webpubsub.New(webpubsub.Config{Endpoint: s.WebPubSub.Endpoint, Hub: s.WebPubSub.Hub, Credential: identity, EachTry: observed.eachTry("webPubSub")})
	}
	a.view = gatewayview.New(viewed(a.gateways), a.probe, nil)
	return a, nil
}

// filesURL is where validation files are read from. A SAS has no business there.
func filesURL(s settings.Settings) string {
	if s.WebsiteURL != "" {
		return s.WebsiteURL
	}
	files, _, _ := strings.Cut(s.BlobContainerURL.Reveal(), "?")
	return files
}

// credential is the managed identity where there is one (the platform sets
// IDENTITY_ENDPOINT), else whoever is signed in on this machine.
func credential(clientID, tenantID string, in cloud.Configuration) (azcore.TokenCredential, error) {
	if os.Getenv("IDENTITY_ENDPOINT") == "" {
		c, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: azcore.ClientOptions{Cloud: in}, TenantID: tenantID})
		if err != nil {
			return nil, fmt.Errorf("credential: %w", err)
		}
		return c, nil
	}
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: azcore.ClientOptions{Cloud: in}}
	if clientID != "" {
		options.ID = azidentity.ClientID(clientID)
	}
	c, err := azidentity.NewManagedIdentityCredential(options)
	if err != nil {
		return nil, fmt.Errorf("managed identity: %w", err)
	}
	return c, nil
}

func storage(s settings.Settings, observed observing) (*azurestore.Store, *azurestore.Queue, error) {
	config := azurestore.Config{ConnectionString: s.Storage.ConnectionString.Reveal(), TableURL: s.Storage.TableURL, QueueURL: s.Storage.QueueURL}
	if config.ConnectionString == "" {
		identity, err := credential(s.Storage.ClientID, s.TenantID, cloudOf(s.Cloud))
		if err != nil {
			return nil, nil, err
		}
		config.Credential = identity
	}
	config.ClientOptions.PerRetryPolicies = observed.eachTry("tableStorage")
	store, err := azurestore.New(config)
	if err != nil {
		return nil, nil, fmt.Errorf("table storage: %w", err)
	}
	config.ClientOptions.PerRetryPolicies = observed.eachTry("queueStorage")
	queue, err := azurestore.NewQueue(config)
	if err != nil {
		return nil, nil, fmt.Errorf("queue storage: %w", err)
	}
	return store, queue, nil
}

// sharedKey is for a container in the account of the connection string, as with
// the emulator, which knows no identities. Anywhere else identity is used.
func sharedKey(s settings.Settings) *challengeblob.SharedKey {
	if s.Storage.AccountKey == "" || s.Storage.BlobURL == "" || !strings.HasPrefix(s.BlobContainerURL.Reveal(), s.Storage.BlobURL+"/") {
		return nil
	}
	return &challengeblob.SharedKey{Account: s.Storage.AccountName, Key: s.Storage.AccountKey.Reveal()}
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/go-chi/chi/v5"

	"certgate/api"
	"certgate/internal/acmeca"
	"certgate/internal/appgateway"
	"certgate/internal/azurestore"
	"certgate/internal/cagate"
	"certgate/internal/challengeblob"
	"certgate/internal/durable"
	"certgate/internal/gatewaylane"
	"certgate/internal/gatewayprobe"
	"certgate/internal/gatewayview"
	"certgate/internal/hostdns"
	"certgate/internal/invoke"
	"certgate/internal/issuance"
	"certgate/internal/keyvault"
	"certgate/internal/preflight"
	"certgate/internal/principal"
	"certgate/internal/settings"
	"certgate/internal/statuscache"
)

// app is the whole program: what answers requests, and the engine behind it.
type app struct {
	http.Handler
	runner *durable.Runner
}

// build makes the program out of its settings: adapters, flows, routes. It does
// no I/O, so the process listens before anything is asked of anybody.
func build(s settings.Settings, log *slog.Logger) (*app, error) {
	identity, err := credential(s.ClientID, s.TenantID, cloudOf(s.Cloud))
	if err != nil {
		return nil, err
	}
	observed, err := startObserving(s.Telemetry, log)
	if err != nil {
		return nil, err
	}
	store, queue, err := storage(s, observed)
	if err != nil {
		return nil, err
	}
	gateway, err := appgateway.New(appgateway.Config{
		SubscriptionID: s.SubscriptionID, ResourceGroup: s.Gateway.ResourceGroup, Name: s.Gateway.Name, Credential: identity,
		Options: arm.ClientOptions{ClientOptions: azcore.ClientOptions{Cloud: cloudOf(s.Cloud), PerRetryPolicies: observed.eachTry("resourceManager")}},
	})
	if err != nil {
		return nil, fmt.Errorf("application gateway: %w", err)
	}
	vault, err := keyvault.New(keyvault.Config{
		BaseURL: s.KeyVaultURL, Credential: identity,
		KeyType: keyvault.KeyType(s.KeyType), ChainOrder: keyvault.ChainOrder(s.ChainOrder), EachTry: observed.eachTry("keyVault"),
	})
	if err != nil {
		return nil, fmt.Errorf("key vault: %w", err)
	}
	account, err := vault.Secret(accountSecret(s.ACME.Endpoint))
	if err != nil {
		return nil, fmt.Errorf("secret of the ACME account: %w", err)
	}
	ca := acmeca.New(acmeca.Config{
		Endpoint: s.ACME.Endpoint, Email: s.ACME.AccountEmail, Profile: s.ACME.Profile,
		EABKeyID: s.ACME.EABKeyID, EABHMACKey: s.ACME.EABHMACKey.Reveal(),
		Accounts: account, Locks: store, Around: observed.around("certificateAuthority"), Log: log,
	})
	files, err := challengeblob.New(challengeblob.Config{
		ContainerURL: s.BlobContainerURL.Reveal(), Credential: identity, SharedKey: sharedKey(s), EachTry: observed.eachTry("blobStorage"),
	})
	if err != nil {
		return nil, fmt.Errorf("blob container: %w", err)
	}
	resolver, err := hostdns.New(hostdns.Config{Servers: s.DNSServers})
	if err != nil {
		return nil, fmt.Errorf("dns: %w", err)
	}

	probe := gatewayprobe.New(gatewayprobe.Config{HTTPPort: s.Gateway.HTTPPort, HTTPSPort: s.Gateway.HTTPSPort, Lookup: resolver})
	statuses := statuscache.New(store, nil)
	runner := durable.NewRunner(durable.Config{Store: statuses.Engine(store), Queue: queue, Log: log})
	lane := gatewaylane.New(gatewaylane.Config{
		Gateway: gateway, Mail: store, Starter: runner,
		Settings: gatewaySettings(s),
	})
	runner.Add(lane.Definition())
	notifier, err := addNotifications(runner, s.Notifications, log)
	if err != nil {
		return nil, err
	}
	limits := cagate.New(cagate.Config{Documents: store, Authority: s.ACME.Endpoint, Log: log})
	figures, err := observed.watch(runner, store, queue, limits)
	if err != nil {
		return nil, err
	}
	ports := issuance.Ports{
		Orders: limits.Orders(ca), Authorizations: limits.Authorizations(ca), Vault: vault, Files: files, Resolver: resolver,
		Probe:   probe,
		Gateway: gateway, Lane: lane, Records: store,
	}
	if s.Gateway.ManageHTTPListener {
		ports.ChallengePath = lane
	}
	runner.Add(issuance.AddCertificate(ports))
	runner.Add(issuance.ImportCertificate(ports))
	runner.Add(issuance.AddMultiple(runner, store))
	manage := managing{runner: runner, store: store, ca: ca, vault: vault, gateway: gateway, probe: probe, lane: lane, view: gatewayview.New(gateway, probe, nil), tenant: s.TenantID, alerts: alsoToLog(log, notifier.Alert), log: log}
	manage.addFlows()
	renewals := manage.addRenewal(ports)

	checks := []api.Check{
		{Name: "tableStorage", Vital: true, Run: store.Check},
		{Name: "queueStorage", Vital: true, Run: queue.Check},
		{Name: "keyVault", Run: vault.Check},
		{Name: "blobContainer", Run: files.Check},
		{Name: "certificateAuthority", Run: func(ctx context.Context) error { _, err := ca.Identity(ctx); return err }},
		{Name: "applicationGateway", Run: func(ctx context.Context) error { _, err := gateway.PublicAddresses(ctx); return err }},
	}
	look := preflight.New(preflight.Config{
		Gateway: gateway, Vault: vault, Files: files, Authority: ca, Resolver: resolver, Outside: probe, Instances: store,
		Storage:  []func(context.Context) error{store.Check, queue.Check},
		Settings: gatewaySettings(s), HTTPPort: s.Gateway.HTTPPort, VaultURL: s.KeyVaultURL, Log: log,
	})
	handler := routes(api.New(api.Config{Engine: runner, Instances: statuses, Checks: checks, SignIn: signIn(s.SignIn), Notifications: notifier, Certificates: manage.certificates(), Importer: vault, Preflight: look, Metrics: figures, Log: log}),
		triggers{runner: runner, archive: store, keepHistory: time.Duration(s.HistoryRetentionDays) * 24 * time.Hour, renewals: renewals, log: log})
	return &app{Handler: handler, runner: runner}, nil
}

// signIn says whom the API believes.
func signIn(s settings.SignIn) *principal.SignIn {
	name, value, _ := strings.Cut(s.RequiredClaim, "=")
	return principal.New(principal.Config{
		ClientPrincipal: s.ClientPrincipal,
		Tokens: principal.Tokens{
			Issuer: s.Issuer, Audience: s.Audience, RolesClaim: s.RolesClaim,
			RequiredClaim: principal.Claim{Name: name, Value: value}, RequiredClaimRole: principal.Role(s.RequiredClaimRole),
		},
	})
}

// routes puts the two callers apart: people and programs below /api, the
// Functions host at /<FunctionName>. GET / is the host's readiness probe.
func routes(people http.Handler, host triggers) http.Handler {
	r := chi.NewRouter()
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "certgate") })
	// Not mounted: the API's own routes begin with /api, as callers write them.
	r.HandleFunc("/api/*", func(w http.ResponseWriter, req *http.Request) {
		people.ServeHTTP(w, req.WithContext(withInvocation(req.Context(), invoke.ID(req))))
	})
	r.Group(host.routes)
	return r
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

// accountSecret names the Key Vault secret of the ACME account: one for each
// authority, so that a change of AcmeEndpoint never mixes two accounts.
func accountSecret(endpoint string) string {
	sum := sha256.Sum256([]byte(strings.TrimRight(strings.ToLower(endpoint), "/")))
	return "certgate-acme-account-" + hex.EncodeToString(sum[:4])
}

package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"certgate/internal/appgateway"
	"certgate/internal/challengeblob"
	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
	"certgate/localstack/armsim"
	"certgate/localstack/azurite/azuritetest"
	"certgate/localstack/gatewaysim"
	"certgate/localstack/vaultsim"
)

func (w *world) startVault(o options) {
	w.Helper()
	w.vault = vaultsim.New(vaultsim.Options{Tokens: anyToken{}, Deny: o.denyVault})
	server := httptest.NewServer(w.vault)
	w.Cleanup(server.Close)
	vault, err := keyvault.New(keyvault.Config{BaseURL: vaultURL, Credential: &fake.TokenCredential{}, KeyType: managed.ECP256, Transport: transport(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Host = r.URL.Host
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
		return server.Client().Do(r)
	})})
	if err != nil {
		w.Fatal(err)
	}
	w.keyvault, w.config.Vault = vault, vault
}

// startGateway starts Resource Manager and the gateway that serves its document.
func (w *world) startGateway(o options, port80, port443 int) *backends {
	w.Helper()
	w.arm = armsim.New(armsim.Options{Subscription: "sub", Permissions: o.permissions, Deny: o.denyARM})
	w.Cleanup(w.arm.Close)
	doc, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: "sub", ResourceGroup: "rg", Name: "gw", Identity: identity,
		PublicIPID: w.arm.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip", Address: "127.0.0.1", FQDN: o.fqdn}),
		HTTPPort:   port80, HTTPSPort: port443, AppHost: "app.internal", BlobHost: blobHost, BlobPath: "/challenges/.well-known/acme-challenge/"})
	if err != nil {
		w.Fatal(err)
	}
	raw := []byte(doc)
	if o.bend != nil {
		raw = o.bend(raw)
	}
	if w.gatewayID, err = w.arm.AddGateway("rg", "gw", raw); err != nil {
		w.Fatal(err)
	}
	server := httptest.NewServer(w.arm)
	w.Cleanup(server.Close)
	client, err := appgateway.New(appgateway.Config{SubscriptionID: "sub", ResourceGroup: "rg", Name: "gw", Credential: &fake.TokenCredential{},
		Options: arm.ClientOptions{ClientOptions: policy.ClientOptions{InsecureAllowCredentialWithHTTP: true, Cloud: cloud.Configuration{
			Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: server.URL, Audience: "https://management.azure.com"}}}}}})
	if err != nil {
		w.Fatal(err)
	}
	w.config.Gateway = client
	behind := &backends{}
	app := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, "the application") }))
	w.Cleanup(app.Close)
	blob := httptest.NewServer(behind)
	w.Cleanup(blob.Close)
	gateway := gatewaysim.New(gatewaysim.Options{Secrets: w.vault, ChallengeOverride: o.override, Backends: map[string]string{"app.internal": app.URL, blobHost: blob.URL}})
	w.Cleanup(gateway.Close)
	w.Cleanup(w.arm.Subscribe(func(c armsim.Change) {
		if err := gateway.Apply(c.Document, c.Running); err != nil {
			w.Errorf("apply: %v", err)
		}
	}))
	return behind
}

// startBlobs starts the blob service with the container, unless the test does
// without one.
func (w *world) startBlobs(o options, behind *backends) {
	w.Helper()
	if !o.blob {
		w.config.Files = unreachableFiles{}
		behind.answer(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("x-ms-request-id", "1")
			rw.Header().Set("x-ms-error-code", "BlobNotFound")
			rw.WriteHeader(http.StatusNotFound)
		})
		return
	}
	w.emulator = azuritetest.Start(w.T)
	var err error
	if w.blobs, err = container.NewClientFromConnectionString(w.emulator.ConnectionString, "challenges", nil); err != nil {
		w.Fatal(err)
	}
	create := &container.CreateOptions{}
	if access := container.PublicAccessTypeBlob; !o.private {
		create.Access = &access
	}
	if _, err := w.blobs.Create(w.Context(), create); err != nil {
		w.Fatal(err)
	}
	behind.answer(func(rw http.ResponseWriter, r *http.Request) {
		resp, err := http.Get(w.emulator.BlobURL + r.URL.Path)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for name, values := range resp.Header {
			rw.Header()[name] = values
		}
		rw.WriteHeader(resp.StatusCode)
	})
	w.config.Files = w.files(w.emulator.BlobURL + "/challenges")
}

// files is the container as its owner reaches it, or by the SAS in the URL.
func (w *world) files(url string) *challengeblob.Container {
	w.Helper()
	config := challengeblob.Config{ContainerURL: url}
	if !strings.Contains(url, "sig=") {
		account, rest, _ := strings.Cut(strings.SplitN(w.emulator.ConnectionString, "AccountName=", 2)[1], ";")
		key, _, _ := strings.Cut(strings.SplitN(rest, "AccountKey=", 2)[1], ";")
		config.SharedKey = &challengeblob.SharedKey{Account: account, Key: key}
	}
	files, err := challengeblob.New(config)
	if err != nil {
		w.Fatal(err)
	}
	return files
}

// backends is the blob host as the gateway reaches it.
type backends struct {
	mu sync.Mutex
	h  http.HandlerFunc
}

func (b *backends) answer(h http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.h = h
}

func (b *backends) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	h := b.h
	b.mu.Unlock()
	h(w, r)
}

// unreachableFiles stands for a blob service in tests that are not about it.
type unreachableFiles struct{}

func (unreachableFiles) CheckRights(context.Context) error {
	return &durable.Transient{Public: "The storage account acct cannot be reached."}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }

type anyToken struct{}

func (anyToken) Check(token, _ string) error {
	if token == "" {
		return errors.New("no token")
	}
	return nil
}

package preflight_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/tidwall/sjson"

	"certgate/internal/acmeca"
	"certgate/internal/appgateway"
	"certgate/internal/azurestore/azuritetest"
	"certgate/internal/challengeblob"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/gatewayprobe"
	"certgate/internal/hostdns"
	"certgate/internal/issuance"
	"certgate/internal/keyvault"
	"certgate/internal/localstack/armsim"
	"certgate/internal/localstack/gatewaysim"
	"certgate/internal/localstack/localca"
	"certgate/internal/localstack/pebble"
	"certgate/internal/localstack/process/processtest"
	"certgate/internal/localstack/vaultsim"
	"certgate/internal/memstore"
	"certgate/internal/preflight"
)

const (
	vaultURL = "https://myvault.vault.azure.net"
	identity = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gateway-identity"
	blobHost = "acct.blob.core.windows.net"
)

// options are what the tests vary.
type options struct {
	blob        bool // with a real blob service behind the gateway
	private     bool // its container cannot be read by anybody
	fqdn        string
	bend        func(doc []byte) []byte // changes the gateway before it is there
	manage      bool                    // port 80 is certgate's to manage
	settings    appgateway.Settings     // pool and backend settings, if not the gateway's own
	permissions func(scope string) []armsim.Permission
	denyARM     func(method, path string) (armsim.Refusal, bool)
	denyVault   func(method, path string) (vaultsim.Refusal, bool)
	profile     string
	override    func(http.ResponseWriter, *http.Request) bool
}

// world is the real adapters on simulators of everything that they talk to.
type world struct {
	*testing.T
	arm       *armsim.Server
	gatewayID string
	vault     *vaultsim.Server
	keyvault  *keyvault.Vault
	blobs     *container.Client
	emulator  azuritetest.Emulator
	pebble    *pebble.Pebble
	account   *secret
	store     *memstore.Store
	runner    *durable.Runner
	config    preflight.Config
}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{T: t, account: &secret{}, store: memstore.New(clock.Now)}
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: memstore.NewQueue(clock.Now), Clock: clock.Now, Flows: []durable.Definition{issuance.AddCertificate(issuance.Ports{})}})
	port80, port443 := freePort(t), freePort(t)
	w.startVault(o)
	gateway := w.startGateway(o, port80, port443)
	w.startBlobs(o, gateway)
	w.startCA(o, port80)
	resolver, err := hostdns.New(hostdns.Config{Servers: []string{w.pebble.DNS().Address()}})
	if err != nil {
		t.Fatal(err)
	}
	w.config.Settings = appgateway.Settings{BackendPool: cmp.Or(o.settings.BackendPool, "app"), HTTPSettings: cmp.Or(o.settings.HTTPSettings, "app-settings"), HTTPSPort: port443}
	if o.manage {
		w.config.Settings.HTTP = &appgateway.HTTPSide{Port: port80, ContainerURL: "https://" + blobHost + "/challenges"}
	}
	w.config.Resolver, w.config.Instances = resolver, w.store
	w.config.Outside = gatewayprobe.New(gatewayprobe.Config{HTTPPort: port80, HTTPSPort: port443, Lookup: resolver, Timeout: 5 * time.Second})
	w.config.HTTPPort, w.config.VaultURL = port80, vaultURL
	return w
}

func (w *world) startVault(o options) {
	w.Helper()
	w.vault = vaultsim.New(vaultsim.Options{Tokens: anyToken{}, Deny: o.denyVault})
	server := httptest.NewServer(w.vault)
	w.Cleanup(server.Close)
	vault, err := keyvault.New(keyvault.Config{BaseURL: vaultURL, Credential: &fake.TokenCredential{}, KeyType: keyvault.ECP256, Transport: transport(func(r *http.Request) (*http.Response, error) {
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

func (w *world) startCA(o options, httpPort int) {
	w.Helper()
	authority, err := localca.New()
	if err != nil {
		w.Fatal(err)
	}
	w.pebble, err = pebble.Start(w.Context(), pebble.Options{Dir: w.TempDir(), Authority: authority, HTTPPort: httpPort, CAAIdentities: []string{"ca.test"}, Env: []string{"PEBBLE_VA_ALWAYS_VALID=1"}})
	processtest.RequireTools(w.T, err)
	w.Cleanup(w.pebble.Stop)
	client := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}}
	w.Cleanup(client.CloseIdleConnections)
	w.config.Authority = acmeca.New(acmeca.Config{Endpoint: w.pebble.URL() + pebble.DirectoryPath, Accounts: w.account, Locks: &locks{}, Profile: o.profile, Transport: client})
}

// run asks for the report, by the checks' names.
func (w *world) run(hostname string) (map[string]preflight.Finding, *preflight.DNS) {
	w.Helper()
	report := preflight.New(w.config).Run(w.Context(), hostname)
	found := map[string]preflight.Finding{}
	for _, f := range report.Checks {
		found[f.Check] = f
		if f.Finding == "" || (f.OK == nil || !*f.OK) && f.Fix == "" {
			w.Errorf("%s says too little: %+v", f.Check, f)
		}
	}
	return found, report.DNS
}

// want checks what a check came to: "ok", "not" or "unknown", and its words.
func (w *world) want(found map[string]preflight.Finding, check, came string, words ...string) {
	w.Helper()
	f, there := found[check]
	got := "unknown"
	if f.OK != nil {
		got = map[bool]string{true: "ok", false: "not"}[*f.OK]
	}
	if !there || got != came {
		w.Errorf("%s is %s, want %s: %s (%s)", check, got, came, f.Finding, f.Fix)
	}
	for _, word := range words {
		if !strings.Contains(f.Finding+" "+f.Fix, word) {
			w.Errorf("%s does not say %q: %s (%s)", check, word, f.Finding, f.Fix)
		}
	}
}

// state is everything that a check could have changed.
func (w *world) state() string {
	w.Helper()
	path := filepath.Join(w.TempDir(), "vault.json")
	if err := w.vault.Save(path); err != nil {
		w.Fatal(err)
	}
	vault, err := os.ReadFile(path)
	if err != nil {
		w.Fatal(err)
	}
	doc, _ := w.arm.Document(w.gatewayID)
	orders, err := w.pebble.Orders()
	if err != nil {
		w.Fatal(err)
	}
	page, _, err := w.store.List(w.Context(), durable.Filter{})
	if err != nil {
		w.Fatal(err)
	}
	var blobs []string
	if w.blobs != nil {
		reply, err := w.blobs.NewListBlobsFlatPager(nil).NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, b := range reply.Segment.BlobItems {
			blobs = append(blobs, *b.Name)
		}
	}
	raw, err := json.Marshal(map[string]any{"vault": string(vault), "gateway": string(doc), "puts": w.arm.Puts(), "orders": orders, "instances": len(page), "blobs": blobs, "account": string(w.account.content)})
	if err != nil {
		w.Fatal(err)
	}
	return string(raw)
}

// set changes a member of the gateway's document.
func set(path, value string) func([]byte) []byte {
	return func(doc []byte) []byte {
		out, err := sjson.SetRawBytes(doc, path, []byte(value))
		if err != nil {
			panic(err)
		}
		return out
	}
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
	return &durable.Trouble{Public: "The storage account acct cannot be reached."}
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

// secret is the account's secret in memory.
type secret struct {
	mu      sync.Mutex
	content []byte
}

func (s *secret) Load(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.content == nil {
		return nil, fmt.Errorf("secret: %w", issuance.ErrGone)
	}
	return s.content, nil
}

func (s *secret) Save(_ context.Context, account []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.content = account
	return nil
}

type locks struct{ held sync.Map }

func (l *locks) Acquire(_ context.Context, name string, _ time.Duration) (bool, func(context.Context) error, error) {
	if _, taken := l.held.LoadOrStore(name, true); taken {
		return false, nil, nil
	}
	return true, func(context.Context) error { l.held.Delete(name); return nil }, nil
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

package recorded_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/appgateway"
	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewaylane"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
	"certgate/internal/keyvault"
	"certgate/localstack/armsim"
	"certgate/localstack/recorded"
	"certgate/localstack/vaultsim"
)

const (
	vaultURL  = "https://myvault.vault.azure.net"
	gatewayID = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"
	// tlsPort is one that no recorded gateway has.
	tlsPort = 10443
)

// world is the flows on the real adapters for Key Vault and the gateway, with the
// simulators behind a door; the authority, DNS and storage are in memory.
type world struct {
	*issuancetest.World
	vault *keyvault.Vault
	arm   *armsim.Server
	door  *door
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: issuancetest.NewWorld(t), door: &door{t: t}}
	vault := httptest.NewServer(w.door.before(vaultsim.New(vaultsim.Options{Tokens: anyToken{}, Now: w.Clock.Now})))
	t.Cleanup(vault.Close)
	sim := armsim.New(armsim.Options{Subscription: "sub"})
	t.Cleanup(sim.Close)
	w.arm = sim
	address := sim.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip", Address: "203.0.113.7"}) // where the world's DNS leads
	doc, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: "sub", ResourceGroup: "rg", Name: "gw", PublicIPID: address, HTTPPort: 10080, HTTPSPort: tlsPort})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.AddGateway("rg", "gw", doc); err != nil {
		t.Fatal(err)
	}
	manager := httptest.NewServer(w.door.before(sim))
	t.Cleanup(manager.Close)

	w.vault, err = keyvault.New(keyvault.Config{BaseURL: vaultURL, Credential: &fake.TokenCredential{}, KeyType: managed.ECP256, Transport: transport(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Host = r.URL.Host
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(vault.URL, "http://")
		return vault.Client().Do(r)
	})})
	if err != nil {
		t.Fatal(err)
	}
	gateway, err := appgateway.New(appgateway.Config{SubscriptionID: "sub", ResourceGroup: "rg", Name: "gw", Credential: &fake.TokenCredential{},
		Options: arm.ClientOptions{ClientOptions: policy.ClientOptions{InsecureAllowCredentialWithHTTP: true, Retry: policy.RetryOptions{RetryDelay: time.Millisecond}, Cloud: cloud.Configuration{
			Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: manager.URL, Audience: "https://management.azure.com"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	lane := gatewaylane.New(gatewaylane.Config{Gateway: gateway, Mail: w.Store, Starter: w.Runner, Settings: gatewaydoc.Settings{BackendPool: "app", HTTPSettings: "app-settings", HTTPSPort: tlsPort}})
	w.Runner.Add(lane.Definition())
	ports := w.Ports()
	ports.Vault, ports.Gateways = w.vault, issuance.Gateways{{Name: issuance.DefaultGateway, Gateway: gateway, Lane: lane}}
	ports.Probe = served{ports.Probe, w.vault}
	w.Runner.Add(issuance.AddCertificate(ports))
	w.Runner.Add(issuance.RenewCertificate(ports))
	w.Runner.Add(issuance.ImportCertificate(ports))
	w.Runner.Add(renewal.RenewCertificates(renewal.New(renewal.Config{Records: w.Records, Info: w.CA, Issuers: w.Issuers, Vault: w.vault, Gateway: w.Gateway, Starter: w.Runner, Log: slog.New(slog.DiscardHandler)})))
	return w
}

// served is a gateway that serves what the vault has.
type served struct {
	issuance.Probe
	vault *keyvault.Vault
}

func (s served) ServedLeaf(ctx context.Context, hostname string, _ netip.Addr) ([]byte, error) {
	c, err := s.vault.Certificate(ctx, strings.ReplaceAll(hostname, ".", "-"))
	return c.Leaf, err
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

// door stands before the simulators and serves recorded replies in their place, each
// once.
type door struct {
	t  *testing.T
	mu sync.Mutex
	// waiting are those that were not served yet.
	waiting []*inPlaceOf
}

// inPlaceOf is a recorded reply and the requests that it answers.
type inPlaceOf struct {
	name    string
	reply   recorded.Reply
	names   *strings.Replacer
	answers func(r *http.Request) bool
}

func (d *door) before(simulator http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if x := d.take(r); x != nil {
			inPlace(d.t, x.reply, x.names, rw, r, simulator)
			return
		}
		simulator.ServeHTTP(rw, r)
	})
}

func (d *door) take(r *http.Request) *inPlaceOf {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, x := range d.waiting {
		if x.answers(r) {
			d.waiting = append(d.waiting[:i:i], d.waiting[i+1:]...)
			return x
		}
	}
	return nil
}

// notServed names what no request came for.
func (d *door) notServed() (names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, x := range d.waiting {
		names = append(names, x.name)
	}
	return names
}

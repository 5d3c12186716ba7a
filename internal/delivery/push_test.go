package delivery_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/armclient"
	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/localstack/armshelf"
	"certgate/localstack/vaultsim/bundle"
)

const (
	group       = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/web-rg"
	plan        = group + "/providers/Microsoft.Web/serverfarms/plan"
	environment = group + "/providers/Microsoft.App/managedEnvironments/env"
	pubsub      = group + "/providers/Microsoft.SignalRService/webPubSub/live"
	signalr     = group + "/providers/Microsoft.SignalRService/signalR/live"
	profile     = group + "/providers/Microsoft.Cdn/profiles/edge"
	front       = "192.0.2.9:443"
)

// pushKinds are a target of each kind that is told, and the id of its resource.
var pushKinds = map[string]struct{ options, id string }{
	"appservice":    {fmt.Sprintf(`"kind":"appservice","plan":%q,"location":"westeurope"`, plan), group + "/providers/Microsoft.Web/certificates/shop-example-com"},
	"containerapps": {fmt.Sprintf(`"kind":"containerapps","environment":%q,"location":"westeurope"`, environment), environment + "/certificates/shop-example-com"},
	"webpubsub":     {fmt.Sprintf(`"kind":"webpubsub","service":%q`, pubsub), pubsub + "/customCertificates/shop-example-com"},
	"signalr":       {fmt.Sprintf(`"kind":"signalr","service":%q`, signalr), signalr + "/customCertificates/shop-example-com"},
}

// frontDoor tells of a version too, and fetches it by itself.
var frontDoor = fmt.Sprintf(`"kind":"frontdoor","profile":%q`, profile)

// pushWorld is a world with services that read its vault, and serve what they have read.
type pushWorld struct {
	*world
	shelf *armshelf.Shelf
	mu    sync.Mutex
	chain [][]byte // what the vault's newest version is
	lags  bool     // the services read the version before
	old   [][]byte
}

type noToken struct{}

func (noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func newPushWorld(t *testing.T, kind string) *pushWorld {
	t.Helper()
	return newWorldOf(t, pushKinds[kind].options)
}

func newWorldOf(t *testing.T, options string) *pushWorld {
	t.Helper()
	w := &pushWorld{world: newWorld(t, fmt.Sprintf(`{"edge":{%s,"for":["shop.example.com"],"endpoints":[%q]}}`, options, front))}
	w.shelf = armshelf.New(armshelf.Options{Secrets: w, Polls: 2, Read: func(string, string) { w.serve(front, w.read()...) }})
	for _, id := range []string{plan, environment, pubsub, signalr, profile} {
		w.shelf.AddParent(id)
	}
	server := httptest.NewTLSServer(w.shelf)
	t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport).Clone()
	transport.DialTLSContext = nil
	transport.DialContext = nil
	client := &http.Client{Transport: rerouted{server: strings.TrimPrefix(server.URL, "https://"), next: transport}}
	resources, err := armclient.New(noToken{}, arm.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: client, Cloud: cloud.AzurePublic}})
	if err != nil {
		t.Fatal(err)
	}
	w.Resources = resources
	w.Vault = delivery.Vault{URL: "https://certs.vault.azure.net", ID: group + "/providers/Microsoft.KeyVault/vaults/certs"}
	return w
}

// rerouted leads every call to one server.
type rerouted struct {
	server string
	next   http.RoundTripper
}

func (r rerouted) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Host = r.server
	return r.next.RoundTrip(req)
}

func (w *pushWorld) read() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lags {
		return w.old
	}
	return w.chain
}

// ReadSecret implements armshelf.Secrets.
func (w *pushWorld) ReadSecret(_ context.Context, id string) (value, contentType string, err error) {
	if !strings.HasPrefix(id, "https://certs.vault.azure.net/secrets/shop-example-com") {
		return "", "", fmt.Errorf("no secret %s", id)
	}
	b := bundle.Bundle{Key: w.key}
	if w.leafKey != nil {
		b.Key = w.leafKey
	}
	for _, der := range w.read() {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return "", "", err
		}
		b.Certificates = append(b.Certificates, c)
	}
	value, err = bundle.EncodePFX(b)
	return value, bundle.TypePFX, err
}

// version issues the next version.
func (w *pushWorld) version(version string) {
	chain := w.manages("shop.example.com", version)
	w.mu.Lock()
	w.old, w.chain = w.chain, chain
	w.mu.Unlock()
	w.ended("AddCertificateFunctions", "shop.example.com", version)
}

func TestAServiceIsToldOfEachVersionOnce(t *testing.T) {
	t.Parallel()
	for kind, c := range pushKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newPushWorld(t, kind)
			for n, version := range []string{"v1", "v2"} {
				w.version(version)
				w.runs(time.Hour)
				w.ends(w.all()[0], durable.Completed, `"version":"`+version+`","result":"served"`)
				if puts := w.shelf.Puts(); len(puts) != n+1 || puts[n] != c.id {
					t.Errorf("after %s there were the PUTs %q, want one of %s for each version", version, puts, c.id)
				}
			}
			// What stands is not put again.
			r, err := w.records.Record(t.Context(), "shop-example-com")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := w.Deliver(t.Context(), r, "edge", w.clock.Now()); err != nil {
					t.Fatal(err)
				}
			}
			w.runs(time.Hour)
			if list := w.all(); len(list) != 3 || list[0].Status != durable.Completed || len(w.shelf.Puts()) != 2 {
				t.Errorf("%d deliveries, %d PUTs", len(list), len(w.shelf.Puts()))
			}
		})
	}
}

func TestWhatAServiceRefusesIsSaidWithItsFix(t *testing.T) {
	t.Parallel()
	refuse := func(status int, code, message string) func(*pushWorld) {
		return func(w *pushWorld) {
			w.shelf.Set(func(o *armshelf.Options) {
				o.Deny = func(method, _ string) (armshelf.Refusal, bool) {
					return armshelf.Refusal{Status: status, Code: code, Message: message}, method == http.MethodPut
				}
			})
		}
	}
	noVault := func(w *pushWorld) { w.Vault.URL = "https://other.vault.azure.net" }
	for _, c := range []struct {
		name, kind string
		spoil      func(*pushWorld)
		code, says string
	}{
		{"no right", "appservice", refuse(403, "AuthorizationFailed", "The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Web/certificates/write' over scope '/z'."), delivery.CodeTargetAccessDenied, "'Microsoft.Web/certificates/write' over scope '/z'. Give it the role"},
		{"a lock", "containerapps", refuse(409, "ScopeLocked", "The scope is locked."), delivery.CodeTargetAccessDenied, "Remove the read-only lock"},
		{"refused", "containerapps", refuse(400, "InvalidCertificate", "The certificate is not valid."), delivery.CodeTargetRefused, "The service refuses the certificate: The certificate is not valid."},
		{"no environment", "containerapps", func(w *pushWorld) {
			w.Targets[0].Resource.Parent = strings.Replace(w.Targets[0].Resource.Parent, "/env/", "/gone/", 1)
		}, delivery.CodeTargetResourceNotFound, "Check InstallTargets"},
		{"the environment reads no secret", "containerapps", noVault, delivery.CodeTargetRefused, "Failed to read the secret"},
		{"App Service finds no secret", "appservice", func(w *pushWorld) { w.Vault.ID = strings.Replace(w.Vault.ID, "/certs", "/other", 1) }, delivery.CodeTargetRefused, "App Service does not find the certificate's secret in the vault."},
		{"the operation fails", "webpubsub", noVault, delivery.CodeTargetRefused, "cannot read the secret shop-example-com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newPushWorld(t, c.kind)
			c.spoil(w)
			w.version("v1")
			w.runs(2 * time.Hour)
			inst := w.only(durable.Failed, c.says)
			if inst.Custom.Error != c.code {
				t.Errorf("failed with %s, want %s: %s", inst.Custom.Error, c.code, inst.Custom.Message)
			}
			if late := w.undelivered("shop.example.com"); len(late) != 1 {
				t.Errorf("undelivered %q", late)
			}
		})
	}
}

func TestABusyServiceIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, refusal := range []armshelf.Refusal{
		{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: 17 * time.Second},
		{Status: http.StatusConflict, Code: "Conflict", Message: "Another operation is in progress."},
		{Status: http.StatusInternalServerError, Code: "InternalServerError"},
	} {
		t.Run(refusal.Code, func(t *testing.T) {
			t.Parallel()
			w := newPushWorld(t, "signalr")
			left := 3
			w.shelf.Set(func(o *armshelf.Options) {
				o.Deny = func(method, _ string) (armshelf.Refusal, bool) {
					if method == http.MethodPut {
						left--
					}
					return refusal, method == http.MethodPut && left >= 0
				}
			})
			w.version("v1")
			w.runs(2 * time.Hour)
			w.only(durable.Completed, `"result":"served"`)
		})
	}
}

// A service that goes on with what it has is told some times; then the look decides.
func TestAServiceThatReadsAnOlderVersionIsToldAgain(t *testing.T) {
	t.Parallel()
	w := newPushWorld(t, "containerapps")
	w.version("v1")
	w.runs(time.Hour)
	w.mu.Lock()
	w.lags = true
	w.mu.Unlock()
	w.version("v2")
	w.runs(10 * time.Minute)
	if n := len(w.shelf.Puts()); n < 3 || n > 6 {
		t.Errorf("%d PUTs in ten minutes", n)
	}
	w.ends(w.all()[0], durable.Running, "still serves an older certificate")
	w.mu.Lock()
	w.lags = false
	w.mu.Unlock()
	w.serve(front, w.read()...)
	w.runs(time.Hour)
	w.ends(w.all()[0], durable.Completed, `"result":"served"`)
}

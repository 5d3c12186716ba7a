package azurefault_test

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/localstack/armsim"
	"certgate/localstack/azurefault"
	"certgate/localstack/edge"
	"certgate/localstack/identitysim"
	"certgate/localstack/localca"
	"certgate/localstack/vaultsim"
)

const subscription = "11111111-2222-3333-4444-555555555555"

// world is the door between the edge and the simulators, and the unchanged SDK
// clients, which do not repeat a request unless a test says so.
type world struct {
	*testing.T
	door    azurefault.Door
	vault   *vaultsim.Server
	arm     *armsim.Server
	gateway string // its resource id
	tokens  *identitysim.Server
	http    *http.Client
}

// newWorld speaks HTTP/2 to the edge, as the SDK does, or HTTP/1.1.
func newWorld(t *testing.T, http2 bool) *world {
	t.Helper()
	w := &world{T: t, tokens: identitysim.New(identitysim.Options{})}
	w.vault = vaultsim.New(vaultsim.Options{Tokens: w.tokens})
	w.arm = armsim.New(armsim.Options{Subscription: subscription, Tokens: w.tokens})
	t.Cleanup(w.arm.Close)
	ip := w.arm.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip", Location: "westeurope", Address: "127.0.0.1"})
	document, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: subscription, ResourceGroup: "rg", Name: "gw", PublicIPID: ip,
		AppHost: "app.internal", BlobHost: "acct.blob.core.windows.net", BlobPath: "/acme/"})
	w.ok(err)
	w.gateway, err = w.arm.AddGateway("rg", "gw", document)
	w.ok(err)

	authority, err := localca.New()
	w.ok(err)
	internet, err := edge.Start(edge.Config{Authority: authority, Log: slog.New(slog.DiscardHandler), Routes: []edge.Route{
		{Host: "*.vault.azure.net", Handler: w.vault, Middleware: []edge.Middleware{w.door.Wrap(azurefault.Vault)}},
		{Host: "management.azure.com", Handler: w.arm, Middleware: []edge.Middleware{w.door.Wrap(azurefault.ARM)}},
	}})
	w.ok(err)
	t.Cleanup(func() { internet.Close() })
	proxy, err := url.Parse(internet.URL())
	w.ok(err)
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}, ForceAttemptHTTP2: http2}
	t.Cleanup(transport.CloseIdleConnections)
	w.http = &http.Client{Transport: transport}
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

var once = policy.RetryOptions{MaxRetries: -1}

// setSecret writes a secret through the door.
func (w *world) setSecret(ctx context.Context, name string, retry policy.RetryOptions) error {
	w.Helper()
	client, err := azsecrets.NewClient("https://myvault.vault.azure.net", credential{w.tokens}, &azsecrets.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: w.http, Retry: retry}})
	w.ok(err)
	value := "v"
	_, err = client.SetSecret(ctx, name, azsecrets.SetSecretParameters{Value: &value}, nil)
	return err
}

// tagGateway changes the gateway's tags through the door.
func (w *world) tagGateway(ctx context.Context, tag string, retry policy.RetryOptions) error {
	w.Helper()
	client, err := arm.NewClient("certgate/azurefault_test", "v1.0.0", credential{w.tokens}, &arm.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: w.http, Retry: retry}})
	w.ok(err)
	req, err := runtime.NewRequest(ctx, http.MethodPatch, "https://management.azure.com"+w.gateway+"?api-version=2025-03-01")
	w.ok(err)
	w.ok(runtime.MarshalAsJSON(req, map[string]any{"tags": map[string]string{"t": tag}}))
	resp, err := client.Pipeline().Do(req)
	if err != nil {
		return err
	}
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return runtime.NewResponseError(resp)
	}
	resp.Body.Close()
	return nil
}

// call changes something of the service through the door, and reports whether the
// service has it, asked past the door.
func (w *world) call(service, name string, retry policy.RetryOptions) (done bool, err error) {
	w.Helper()
	if service == azurefault.Vault {
		err = w.setSecret(w.Context(), name, retry)
		_, _, lost := w.vault.ReadSecret(w.Context(), "https://myvault.vault.azure.net/secrets/"+name)
		return lost == nil, err
	}
	err = w.tagGateway(w.Context(), name, retry)
	document, _ := w.arm.Document(w.gateway)
	return containsTag(document, name), err
}

// signed lets faults hit only what counts: the SDK's first request to a vault has
// no token, and asks who gives one.
func signed(r *http.Request) bool { return r.Header.Get("Authorization") != "" }

func responseError(t *testing.T, err error) *azcore.ResponseError {
	t.Helper()
	var refused *azcore.ResponseError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v is no answer of a service", err)
	}
	return refused
}

type credential struct{ tokens *identitysim.Server }

func (c credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	audience := o.Scopes[0][:len(o.Scopes[0])-len("/.default")]
	return azcore.AccessToken{Token: c.tokens.Token(audience), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

package armsim_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"certgate/localstack/armsim"
	"certgate/localstack/identitysim"
)

const (
	subscription = "11111111-2222-3333-4444-555555555555"
	group        = "rg"
	endpoint     = "https://management.azure.com"
	apiVersion   = "2025-03-01"
)

// document is a gateway as the client keeps it: raw, so that nothing is lost.
type document map[string]any

func (d document) properties() map[string]any { return d["properties"].(map[string]any) }

// add appends a child to a collection.
func (d document) add(collection, name string, properties map[string]any) {
	list, _ := d.properties()[collection].([]any)
	d.properties()[collection] = append(list, map[string]any{"name": name, "properties": properties})
}

func (d document) names(collection string) []string {
	var out []string
	list, _ := d.properties()[collection].([]any)
	for _, child := range list {
		out = append(out, child.(map[string]any)["name"].(string))
	}
	return out
}

func (d document) ref(collection, name string) map[string]any {
	return map[string]any{"id": d["id"].(string) + "/" + collection + "/" + name}
}

// addSite adds what certgate adds: certificate, listener and rule.
func (d document) addSite(name, host, secretID string, priority int) {
	d.add("sslCertificates", name, map[string]any{"keyVaultSecretId": secretID})
	d.add("httpListeners", name+"-listener", map[string]any{"protocol": "Https", "hostName": host,
		"frontendIPConfiguration": d.ref("frontendIPConfigurations", "public"), "frontendPort": d.ref("frontendPorts", "port-https"),
		"sslCertificate": d.ref("sslCertificates", name)})
	d.add("requestRoutingRules", name+"-rule", map[string]any{"priority": priority, "ruleType": "Basic",
		"httpListener": d.ref("httpListeners", name+"-listener"), "backendAddressPool": d.ref("backendAddressPools", "app"),
		"backendHttpSettings": d.ref("backendHttpSettingsCollection", "app-settings")})
}

// stand is ARM with the unchanged client in front of it.
type stand struct {
	sim  *armsim.Server
	arm  *arm.Client
	id   string
	http *httptest.Server
}

func setup(t *testing.T, o armsim.Options) *stand {
	t.Helper()
	tokens := identitysim.New(identitysim.Options{})
	o.Subscription, o.Tokens = subscription, tokens
	s := &stand{sim: armsim.New(o)}
	t.Cleanup(s.sim.Close)
	s.http = httptest.NewServer(s.sim)
	t.Cleanup(s.http.Close)
	to, err := url.Parse(s.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	s.arm, err = arm.NewClient("certgate/armsim_test", "v1.0.0", credential{tokens}, &arm.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: redirect{to}, Retry: policy.RetryOptions{MaxRetries: -1}}})
	if err != nil {
		t.Fatal(err)
	}
	ip := s.sim.AddPublicIP(armsim.PublicIP{ResourceGroup: group, Name: "ip", Location: "westeurope", Address: "127.0.0.1"})
	doc, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: subscription, ResourceGroup: group, Name: "gw", PublicIPID: ip,
		Identity: "/subscriptions/" + subscription + "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gw",
		AppHost:  "app.internal", BlobHost: "acct.blob.core.windows.net", BlobPath: "/acme/"})
	if err != nil {
		t.Fatal(err)
	}
	if s.id, err = s.sim.AddGateway(group, "gw", doc); err != nil {
		t.Fatal(err)
	}
	return s
}

// redirect carries requests for ARM's host to the simulator. The response must
// name the request as it was sent: a poller takes its URL from there.
type redirect struct{ to *url.URL }

func (r redirect) Do(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.Host = req.URL.Host
	out.URL.Scheme, out.URL.Host = r.to.Scheme, r.to.Host
	resp, err := http.DefaultClient.Do(out)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

type credential struct{ tokens *identitysim.Server }

func (c credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	audience := o.Scopes[0][:len(o.Scopes[0])-len("/.default")]
	return azcore.AccessToken{Token: c.tokens.Token(audience), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (s *stand) do(ctx context.Context, method, path string, body any, header http.Header) (*http.Response, error) {
	req, err := runtime.NewRequest(ctx, method, endpoint+path)
	if err != nil {
		return nil, err
	}
	q := req.Raw().URL.Query()
	q.Set("api-version", apiVersion)
	req.Raw().URL.RawQuery = q.Encode()
	for name, values := range header {
		req.Raw().Header[name] = values
	}
	if body != nil {
		if err := runtime.MarshalAsJSON(req, body); err != nil {
			return nil, err
		}
	}
	resp, err := s.arm.Pipeline().Do(req)
	if err != nil {
		return nil, err
	}
	if !runtime.HasStatusCode(resp, http.StatusOK, http.StatusCreated) {
		return nil, runtime.NewResponseError(resp)
	}
	return resp, nil
}

func (s *stand) get(t *testing.T) document {
	t.Helper()
	resp, err := s.do(t.Context(), http.MethodGet, s.id, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := runtime.UnmarshalAsJSON(resp, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// begin starts a PUT.
func (s *stand) begin(ctx context.Context, d document, etag string) (*runtime.Poller[document], error) {
	header := http.Header{}
	if etag != "" {
		header.Set("If-Match", etag)
	}
	resp, err := s.do(ctx, http.MethodPut, s.id, d, header)
	if err != nil {
		return nil, err
	}
	return runtime.NewPoller[document](resp, s.arm.Pipeline(), &runtime.NewPollerOptions[document]{FinalStateVia: runtime.FinalStateViaAzureAsyncOp})
}

// put starts a PUT and waits for its end.
func (s *stand) put(ctx context.Context, d document) (document, error) {
	poller, err := s.begin(ctx, d, "")
	if err != nil {
		return nil, err
	}
	return wait(ctx, poller)
}

// wait polls without the pause that a real client makes: the poller itself
// knows no shorter one than a second.
func wait(ctx context.Context, p *runtime.Poller[document]) (document, error) {
	for !p.Done() {
		if _, err := p.Poll(ctx); err != nil {
			return nil, err
		}
	}
	return p.Result(ctx)
}

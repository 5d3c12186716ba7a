package gatewaysim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/localstack/armsim"
	"certgate/localstack/gatewaysim"
	"certgate/localstack/identitysim"
	"certgate/localstack/process/processtest"
	"certgate/localstack/vaultsim"
)

const (
	subscription = "11111111-2222-3333-4444-555555555555"
	vaultURL     = "https://myvault.vault.azure.net"
)

// stack is vault, ARM and gateway, wired as a local stack wires them.
type stack struct {
	vault   *vaultsim.Server
	certs   *azcertificates.Client
	arm     *armsim.Server
	armHTTP *httptest.Server
	tokens  *identitysim.Server
	gateway *gatewaysim.Gateway
	id      string
	http    int // frontend ports
	https   int
	app     *httptest.Server
	blob    *httptest.Server
	ca      ca
}

func setup(t *testing.T, o gatewaysim.Options, vault vaultsim.Options) *stack {
	t.Helper()
	s := &stack{tokens: identitysim.New(identitysim.Options{}), http: processtest.FreePort(t), https: processtest.FreePort(t), ca: newCA(t)}
	s.app, s.blob = echo(t, "app"), echo(t, "blob")

	vault.Tokens = s.tokens
	s.vault = vaultsim.New(vault)
	vaultHTTP := httptest.NewServer(s.vault)
	t.Cleanup(vaultHTTP.Close)
	var err error
	if s.certs, err = azcertificates.NewClient(vaultURL, credential{s.tokens}, &azcertificates.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: redirect(vaultHTTP.URL)}}); err != nil {
		t.Fatal(err)
	}

	s.arm = armsim.New(armsim.Options{Subscription: subscription, Tokens: s.tokens, Secrets: s.vault})
	t.Cleanup(s.arm.Close)
	s.armHTTP = httptest.NewServer(s.arm)
	t.Cleanup(s.armHTTP.Close)
	doc, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: subscription, ResourceGroup: "rg", Name: "gw",
		PublicIPID: s.arm.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip", Address: "127.0.0.1"}),
		Identity:   "/subscriptions/" + subscription + "/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gw",
		HTTPPort:   s.http, HTTPSPort: s.https, AppHost: "app.internal", BlobHost: "acct.blob.core.windows.net",
		BlobPath: "/acme/.well-known/acme-challenge/"})
	if err != nil {
		t.Fatal(err)
	}
	if s.id, err = s.arm.AddGateway("rg", "gw", doc); err != nil {
		t.Fatal(err)
	}

	o.Secrets = s.vault
	o.Backends = map[string]string{"app.internal": s.app.URL, "acct.blob.core.windows.net": s.blob.URL + "/devstoreaccount1"}
	s.gateway = gatewaysim.New(o)
	t.Cleanup(s.gateway.Close)
	t.Cleanup(s.arm.Subscribe(func(c armsim.Change) {
		if err := s.gateway.Apply(c.Document, c.Running); err != nil {
			t.Errorf("apply: %v", err)
		}
	}))
	return s
}

// echo answers with its name, the Host header and the path that it was asked for.
func echo(t *testing.T, name string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", name, r.Host, r.URL.RequestURI())
	}))
	t.Cleanup(s.Close)
	return s
}

// issue takes a certificate through create, CA and merge, as certgate does. A
// second call for the name renews it.
func (s *stack) issue(t *testing.T, name, host string) {
	t.Helper()
	op, err := s.certs.CreateCertificate(t.Context(), name, azcertificates.CreateCertificateParameters{CertificatePolicy: &azcertificates.CertificatePolicy{
		IssuerParameters: &azcertificates.IssuerParameters{Name: to.Ptr("Unknown")},
		KeyProperties:    &azcertificates.KeyProperties{KeyType: to.Ptr(azcertificates.KeyTypeEC), Curve: to.Ptr(azcertificates.CurveNameP256), Exportable: to.Ptr(true)},
		SecretProperties: &azcertificates.SecretProperties{ContentType: to.Ptr("application/x-pkcs12")},
		X509CertificateProperties: &azcertificates.X509CertificateProperties{Subject: to.Ptr("CN=" + host),
			SubjectAlternativeNames: &azcertificates.SubjectAlternativeNames{DNSNames: []*string{&host}}},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.certs.MergeCertificate(t.Context(), name, azcertificates.MergeCertificateParameters{X509Certificates: s.ca.sign(t, op.CSR)}, nil); err != nil {
		t.Fatal(err)
	}
}

// change GETs the document, edits it and PUTs it, and waits for the operation.
func (s *stack) change(t *testing.T, edit func(document)) {
	t.Helper()
	if ended := s.tryChange(t, edit); ended != "Succeeded" {
		t.Fatalf("the operation ended %s", ended)
	}
}

// tryChange is change that says how the operation ended.
func (s *stack) tryChange(t *testing.T, edit func(document)) string {
	t.Helper()
	raw, ok := s.arm.Document(s.id)
	if !ok {
		t.Fatal("the gateway is not there")
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	edit(d)
	resp := s.send(t, http.MethodPut, d)
	operation, err := url.Parse(resp.Header.Get("Azure-AsyncOperation"))
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("PUT: %d %v", resp.StatusCode, err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		var got struct{ Status string }
		resp := s.request(t, http.MethodGet, operation.RequestURI(), nil)
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got.Status != "InProgress" {
			return got.Status
		}
	}
	t.Fatal("the operation does not end")
	return ""
}

func (s *stack) send(t *testing.T, method string, body any) *http.Response {
	t.Helper()
	resp := s.request(t, method, s.id+"?api-version=2025-03-01", body)
	resp.Body.Close()
	return resp
}

func (s *stack) request(t *testing.T, method, uri string, body any) *http.Response {
	t.Helper()
	read, write := io.Pipe()
	go func() { write.CloseWithError(json.NewEncoder(write).Encode(body)) }()
	req, err := http.NewRequestWithContext(t.Context(), method, s.armHTTP.URL+uri, read)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.tokens.Token("https://management.azure.com"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

type redirect string

func (r redirect) Do(req *http.Request) (*http.Response, error) {
	to, err := url.Parse(string(r))
	if err != nil {
		return nil, err
	}
	out := req.Clone(req.Context())
	out.Host, out.URL.Scheme, out.URL.Host = req.URL.Host, to.Scheme, to.Host
	return http.DefaultClient.Do(out)
}

type credential struct{ tokens *identitysim.Server }

func (c credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: c.tokens.Token("https://vault.azure.net"), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

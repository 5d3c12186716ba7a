package api_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"software.sslmate.com/src/go-pkcs12"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/certimport/certimporttest"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/keyvault"
	"certgate/internal/principal"
	"certgate/localstack/vaultsim"
)

const (
	importRoute = "/api/ImportCertificateFunctions_HttpStart"
	vaultURL    = "https://platform.vault.azure.net"
	shop        = "shop.example.com"
)

// importWorld is the API with the adapter of Key Vault, over HTTP, before the

// simulator of the service.

type importWorld struct {
	*world
	vault *vaultsim.Server
	azure *azcertificates.Client // as somebody else
	ours  *keyvault.Vault
	mu    sync.Mutex
	deny  func(method, path string) (vaultsim.Refusal, bool)
	log   logText
}

// logText is a log that a test reads.

type logText struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

type anyToken struct{}

func (anyToken) Check(string, string) error { return nil }

func (anyToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "a-token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }

func newImportWorld(t *testing.T) *importWorld {
	t.Helper()
	w := &importWorld{world: newWorld(t)}
	w.runner.Add(issuance.ImportCertificate(issuance.Ports{}))
	w.vault = vaultsim.New(vaultsim.Options{Tokens: anyToken{}, Deny: func(method, path string) (vaultsim.Refusal, bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.deny == nil {
			return vaultsim.Refusal{}, false
		}
		return w.deny(method, path)
	}})
	service := httptest.NewServer(w.vault)
	t.Cleanup(service.Close)
	redirect := transport(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Host, r.URL.Scheme, r.URL.Host = r.URL.Host, "http", strings.TrimPrefix(service.URL, "http://")
		return service.Client().Do(r)
	})
	var err error
	if w.ours, err = keyvault.New(keyvault.Config{BaseURL: vaultURL, Credential: anyToken{}, Transport: redirect}); err != nil {
		t.Fatal(err)
	}
	w.azure, err = azcertificates.NewClient(vaultURL, anyToken{}, &azcertificates.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: redirect}})
	if err != nil {
		t.Fatal(err)
	}
	w.serve(w.ours)
	return w
}

// serve puts the API before an importer.

func (w *importWorld) serve(importer api.Importer) {
	certificates := w.certificates()
	certificates.Vault = w.ours
	w.server = httptest.NewServer(apitest.New(w.t, api.Config{
		Engine: w.runner, Instances: w.store, SignIn: principal.New(principal.Config{ClientPrincipal: true}), Certificates: certificates,
		Importer: importer, Log: slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}))
	w.t.Cleanup(w.server.Close)
}

func (w *importWorld) refusing(refusal vaultsim.Refusal, suffix string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deny = func(_, path string) (vaultsim.Refusal, bool) { return refusal, strings.HasSuffix(path, suffix) }
}

func (w *importWorld) upload(hostnames ...string) certimporttest.Upload {
	return certimporttest.New(w.t, w.clock.Now(), hostnames...)
}

func (w *importWorld) imports() int { return w.vault.Calls("POST /certificates/{name}/import") }

// kept is the certificate in the vault with its key.

func (w *importWorld) kept(name string) (key any, leaf *x509.Certificate, chain []*x509.Certificate) {
	w.t.Helper()
	value, _, err := w.vault.ReadSecret(w.t.Context(), vaultURL+"/secrets/"+name)
	if err != nil {
		w.t.Fatal(err)
	}
	pfx, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		w.t.Fatal(err)
	}
	if key, leaf, chain, err = pkcs12.DecodeChain(pfx, ""); err != nil {
		w.t.Fatal(err)
	}
	return key, leaf, chain
}

// nothingStored asserts that a refused request left no trace.

func (w *importWorld) nothingStored() {
	w.t.Helper()
	if list, _, err := w.store.List(context.Background(), durable.Filter{}); err != nil || len(list) != 0 {
		w.t.Errorf("%d instances were stored (%v)", len(list), err)
	}
	if n := w.imports(); n != 0 {
		w.t.Errorf("the vault was asked for %d imports", n)
	}
}

// noTrace looks for the key in everything that is stored, logged and answered.

func (w *importWorld) noTrace(u certimporttest.Upload, replies ...reply) {
	w.t.Helper()
	list, _, err := w.store.List(context.Background(), durable.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	for i, inst := range list {
		if list[i], err = w.store.Load(context.Background(), inst.ID); err != nil { // with its state
			w.t.Fatal(err)
		}
	}
	stored, err := json.Marshal(list)
	if err != nil {
		w.t.Fatal(err)
	}
	places := map[string][]byte{"the rows": stored, "the log": w.log.Bytes()}
	for _, r := range replies {
		places["a reply"] = append(places["a reply"], r.raw...)
	}
	for place, data := range places {
		if trace := u.FoundIn(data); trace != "" {
			w.t.Errorf("%s has %q", place, trace)
		}
	}
}

type late struct {
	api.Importer
	between func()
}

// somebodyElse imports a certificate that is not ours, without tags.

func (w *importWorld) somebodyElse(name string) {
	w.t.Helper()
	u := w.upload("theirs.example.com")
	_, err := w.azure.ImportCertificate(w.t.Context(), name, azcertificates.ImportCertificateParameters{
		Base64EncodedCertificate: &u.PFX, Password: &u.Password,
		CertificatePolicy: &azcertificates.CertificatePolicy{X509CertificateProperties: &azcertificates.X509CertificateProperties{
			KeyUsage: []*azcertificates.KeyUsageType{to.Ptr(azcertificates.KeyUsageTypeDigitalSignature)},
		}},
	}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
}

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
	"certgate/internal/certimport"
	"certgate/internal/certimport/certimporttest"
	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/keyvault"
	"certgate/internal/localstack/vaultsim"
	"certgate/internal/principal"
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
	w.server = httptest.NewServer(api.New(api.Config{
		Engine: w.runner, Instances: w.store, SignIn: principal.New(principal.Config{ClientPrincipal: true}), Certificates: w.certificates(),
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

func TestAnUploadIsInTheVaultBeforeTheReplyUnderBothNamesOfTheCall(t *testing.T) {
	t.Parallel()
	for _, route := range []string{importRoute, "/api/AddCertificateWithPrivateKeyFunctions_HttpStart"} {
		for name, body := range map[string]func(certimporttest.Upload) string{
			"PEM": func(u certimporttest.Upload) string { return u.Body("Shop.Example.COM.") },
			"PFX": func(u certimporttest.Upload) string { return u.PFXBody(shop) },
		} {
			t.Run(route+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newImportWorld(t)
				u := w.upload(shop)
				r := w.call("POST", route, body(u))
				if r.status != http.StatusAccepted || r.header.Get("Location") == "" || r.header.Get("Retry-After") == "" {
					t.Fatalf("%d %s", r.status, r.raw)
				}
				key, leaf, chain := w.kept("shop-example-com")
				if !u.Key.Equal(key) || !leaf.Equal(u.Leaf) || len(chain) != 1 {
					t.Errorf("the vault has %T, %s and %d more", key, leaf.Subject, len(chain))
				}
				status := w.call("GET", "/api/instances/"+r.body["id"].(string)+"?showHistory=true", "")
				if status.body["name"] != "ImportCertificateFunctions" || status.body["requestedBy"] == "" {
					t.Errorf("status %s", status.raw)
				}
				in, _ := json.Marshal(status.body["input"])
				if !strings.Contains(string(in), `"hostnames":[{"hostname":"shop.example.com"}]`) || !strings.Contains(string(in), `"certificateName":"shop-example-com"`) {
					t.Errorf("input %s", in)
				}
				w.noTrace(u, r, status)
			})
		}
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

func TestABadUploadIsRefusedWithTheReasonBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u, other := w.upload(shop), w.upload("other.example.com")
	old := certimporttest.New(t, w.clock.Now().AddDate(0, -3, 0), shop)
	body := func(pairs ...string) string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		raw, _ := json.Marshal(m)
		return string(raw)
	}
	for _, c := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"no body", "", 400, api.CodeBodyEmpty},
		{"not JSON", "-----BEGIN PRIVATE KEY-----", 400, api.CodeBodyNotJSON},
		{"an unknown member", `{"hostname":"shop.example.com","pfx":"AAAA"}`, 400, api.CodeBodyUnknownField},
		{"a number for a key", `{"hostname":"shop.example.com","privatekey":5}`, 400, api.CodeBodyWrongType},
		{"larger than 256 KiB", `{"privatekey":"` + strings.Repeat("A", 256<<10) + `"}`, 413, api.CodeBodyTooLarge},
		{"no hostname", body("certificate", u.Certificate, "privatekey", u.KeyPEM), 400, api.CodeHostnameNotValid},
		{"an address for a hostname", body("hostname", "192.0.2.1", "certificate", u.Certificate, "privatekey", u.KeyPEM), 400, api.CodeHostnameNotValid},
		{"no certificate", body("hostname", shop, "privatekey", u.KeyPEM), 400, string(certimport.CertificateMissing)},
		{"no key", body("hostname", shop, "certificate", u.Certificate), 400, string(certimport.PrivateKeyMissing)},
		{"a broken key", body("hostname", shop, "certificate", u.Certificate, "privatekey", u.KeyPEM[:80]), 400, string(certimport.PrivateKeyNotValid)},
		{"another key", body("hostname", shop, "certificate", u.Certificate, "privatekey", other.KeyPEM), 400, string(certimport.KeyDoesNotFit)},
		{"another hostname", other.Body(shop), 400, string(certimport.HostNotCovered)},
		{"expired", old.Body(shop), 400, string(certimport.CertificateExpired)},
		{"a wrong password", body("hostname", shop, "certificate", u.PFX, "password", "wrong"), 400, string(certimport.PasswordWrong)},
		{"a missing password", body("hostname", shop, "certificate", u.PFX), 400, string(certimport.PasswordMissing)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.call("POST", importRoute, c.body)
			if r.status != c.status || r.body["code"] != c.code || r.body["fix"] == nil {
				t.Fatalf("%d %s, want %d %s", r.status, r.raw, c.status, c.code)
			}
			w.noTrace(u, r)
			w.noTrace(other, r)
		})
	}
	w.nothingStored()
}

func TestTheSameUploadAgainMakesNoSecondVersion(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u := w.upload(shop)
	first := w.call("POST", importRoute, u.Body(shop))
	w.end(first.body["id"].(string), true) // it failed: DNS was not ready
	second := w.call("POST", importRoute, u.PFXBody(shop))
	if second.status != http.StatusAccepted || second.body["id"] == first.body["id"] {
		t.Fatalf("%d %s", second.status, second.raw)
	}
	if n := w.imports(); n != 1 {
		t.Errorf("%d versions of one certificate", n)
	}
	w.end(second.body["id"].(string), false)
	if r := w.call("POST", importRoute, w.upload(shop).Body(shop)); r.status != http.StatusAccepted || w.imports() != 2 {
		t.Errorf("a successor: %d %s, %d versions", r.status, r.raw, w.imports())
	}
}

func TestAnUploadForAHostnameThatIsBeingWorkedOnIsRefusedAndNotKept(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	id := w.started(shop)
	r := w.call("POST", importRoute, w.upload(shop).Body(shop))
	if r.status != http.StatusConflict || r.body["code"] != api.CodeCertificateBusy || !strings.Contains(r.raw, id) {
		t.Errorf("%d %s", r.status, r.raw)
	}
	if w.imports() != 0 {
		t.Error("it was imported")
	}
	if r := w.call("POST", importRoute, w.upload("else.example.com").Body("else.example.com")); r.status != http.StatusAccepted {
		t.Errorf("another hostname: %d %s", r.status, r.raw)
	}
}

// late lets an instance begin between the look for one and the import's start.
type late struct {
	api.Importer
	between func()
}

func (l *late) Import(ctx context.Context, r issuance.CertificateRequest, pfx []byte, password string) (issuance.VaultCertificate, error) {
	l.between()
	return l.Importer.Import(ctx, r, pfx, password)
}

func TestAnInstanceThatBeginsDuringAnImportIsNotTakenForIt(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	var id string
	w.serve(&late{w.ours, func() { id = w.started(shop) }})
	r := w.call("POST", importRoute, w.upload(shop).Body(shop))
	if r.status != http.StatusConflict || r.body["code"] != api.CodeCertificateBusy || !strings.Contains(r.raw, id) {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

func TestTwoClicksStartOneImport(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u := w.upload(shop)
	var first reply
	importer := &late{Importer: w.ours}
	importer.between = func() {
		importer.between = func() {}
		first = w.call("POST", importRoute, u.Body(shop))
	}
	w.serve(importer)
	second := w.call("POST", importRoute, u.Body(shop))
	if second.status != http.StatusAccepted || second.body["id"] != first.body["id"] || w.imports() != 1 {
		t.Errorf("%d %s after %d %s, %d versions", second.status, second.raw, first.status, first.raw, w.imports())
	}
}

func TestTwoHostnamesThatMeetInOneNameBothHaveTheirCertificate(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	names := map[string]bool{}
	for _, hostname := range []string{"a.b.example.com", "a-b.example.com"} {
		r := w.call("POST", importRoute, w.upload(hostname).Body(hostname))
		if r.status != http.StatusAccepted {
			t.Fatalf("%d %s", r.status, r.raw)
		}
		in := w.call("GET", "/api/instances/"+r.body["id"].(string), "").body["input"].(map[string]any)
		names[in["certificateName"].(string)] = true
		if _, leaf, _ := w.kept(in["certificateName"].(string)); leaf.VerifyHostname(hostname) != nil {
			t.Errorf("%s is kept for %s", leaf.Subject, hostname)
		}
	}
	if len(names) != 2 || !names["a-b-example-com"] {
		t.Errorf("names %v", names)
	}
}

func TestAWildcardCanBeImported(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u := w.upload("*.example.com")
	if r := w.call("POST", importRoute, u.Body("*.example.com")); r.status != http.StatusAccepted {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	if key, _, _ := w.kept("wildcard-example-com"); !u.Key.Equal(key) {
		t.Error("the vault has another key")
	}
}

func TestARefusalOfTheVaultIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusal vaultsim.Refusal
		status  int
		code    string
		says    string
		retry   bool
	}{
		"no permission":           {vaultsim.Forbidden(), 503, issuance.CodeVaultAccessDenied, "Key Vault Certificates Officer", false},
		"an operation is pending": {vaultsim.Refusal{Status: 409, Code: "Forbidden", Message: "Pending."}, 503, api.CodeVaultNotAvailable, "pending", true},
		"refused": {vaultsim.Refusal{Status: 400, Code: "BadParameter", Message: "The certificate has something odd."},
			400, issuance.CodeVaultRefused, "something odd", false},
		"not there": {vaultsim.Refusal{Status: 501, Code: "NotImplemented", Message: "No."}, 503, api.CodeVaultNotAvailable, "501", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newImportWorld(t)
			w.refusing(c.refusal, "/import")
			u := w.upload(shop)
			r := w.call("POST", importRoute, u.Body(shop))
			if r.status != c.status || r.body["code"] != c.code || !strings.Contains(r.raw, c.says) {
				t.Errorf("%d %s, want %d %s with %q", r.status, r.raw, c.status, c.code, c.says)
			}
			if (r.header.Get("Retry-After") != "") != c.retry {
				t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
			}
			if list, _, _ := w.store.List(t.Context(), durable.Filter{}); len(list) != 0 {
				t.Error("an instance was started")
			}
			w.noTrace(u, r)
		})
	}
}

func TestNamesThatBelongToOthersAreNotTaken(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	names := []string{"shop-example-com", hostname.Disambiguated(shop)}
	for _, name := range names {
		w.somebodyElse(name)
	}
	r := w.call("POST", importRoute, w.upload(shop).Body(shop))
	if r.status != http.StatusConflict || r.body["code"] != api.CodeCertificateNameTaken || !strings.Contains(r.raw, names[1]) {
		t.Errorf("%d %s", r.status, r.raw)
	}
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

func TestANameThatIsSoftDeletedSaysHowToGetItBack(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	w.somebodyElse("shop-example-com")
	if _, err := w.azure.DeleteCertificate(t.Context(), "shop-example-com", nil); err != nil {
		t.Fatal(err)
	}
	r := w.call("POST", importRoute, w.upload(shop).Body(shop))
	if r.status != http.StatusConflict || r.body["code"] != issuance.CodeNameSoftDeleted || !strings.Contains(r.raw, "az keyvault certificate recover") {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

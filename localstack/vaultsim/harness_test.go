package vaultsim_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/localstack/identitysim"
	"certgate/localstack/vaultsim"
)

const vaultURL = "https://myvault.vault.azure.net"

// stand is a vault with the unchanged SDK clients in front of it.
type stand struct {
	sim     *vaultsim.Server
	certs   *azcertificates.Client
	secrets *azsecrets.Client
	raw     *httptest.Server
	tokens  *identitysim.Server
}

func setup(t *testing.T, o vaultsim.Options) *stand {
	t.Helper()
	s := &stand{tokens: identitysim.New(identitysim.Options{})}
	o.Tokens = s.tokens
	s.sim = vaultsim.New(o)
	s.raw = httptest.NewServer(s.sim)
	t.Cleanup(s.raw.Close)
	to, err := url.Parse(s.raw.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := policy.ClientOptions{Transport: redirect{to}, Retry: policy.RetryOptions{MaxRetries: -1}}
	if s.certs, err = azcertificates.NewClient(vaultURL, credential{s.tokens}, &azcertificates.ClientOptions{ClientOptions: client}); err != nil {
		t.Fatal(err)
	}
	if s.secrets, err = azsecrets.NewClient(vaultURL, credential{s.tokens}, &azsecrets.ClientOptions{ClientOptions: client}); err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request as it is, authorized, with a JSON body.
func (s *stand) ask(t *testing.T, method, target string, body any) *http.Response {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.raw.URL+target, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "myvault.vault.azure.net"
	req.Header.Set("Authorization", "Bearer "+s.tokens.Token("https://vault.azure.net"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// redirect carries requests for any host to the simulator; the Host header
// still names the vault.
type redirect struct{ to *url.URL }

func (r redirect) Do(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.Host = req.URL.Host
	out.URL.Scheme, out.URL.Host = r.to.Scheme, r.to.Host
	return http.DefaultClient.Do(out)
}

type credential struct{ tokens *identitysim.Server }

func (c credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	audience := o.Scopes[0][:len(o.Scopes[0])-len("/.default")]
	return azcore.AccessToken{Token: c.tokens.Token(audience), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// ecPolicy is the policy of an EC certificate with the issuer Unknown.
func ecPolicy(hostnames ...string) *azcertificates.CertificatePolicy {
	return &azcertificates.CertificatePolicy{
		IssuerParameters: &azcertificates.IssuerParameters{Name: to.Ptr("Unknown")},
		KeyProperties: &azcertificates.KeyProperties{KeyType: to.Ptr(azcertificates.KeyTypeEC), Curve: to.Ptr(azcertificates.CurveNameP256),
			Exportable: to.Ptr(true), ReuseKey: to.Ptr(false)},
		SecretProperties: &azcertificates.SecretProperties{ContentType: to.Ptr("application/x-pkcs12")},
		X509CertificateProperties: &azcertificates.X509CertificateProperties{Subject: to.Ptr("CN=" + hostnames[0]),
			SubjectAlternativeNames: &azcertificates.SubjectAlternativeNames{DNSNames: to.SliceOfPtrs(hostnames...)},
			KeyUsage:                to.SliceOfPtrs(azcertificates.KeyUsageTypeDigitalSignature), ValidityInMonths: to.Ptr[int32](12)},
	}
}

func (s *stand) create(t *testing.T, name string, p *azcertificates.CertificatePolicy) azcertificates.CreateCertificateResponse {
	t.Helper()
	op, err := s.certs.CreateCertificate(t.Context(), name, azcertificates.CreateCertificateParameters{CertificatePolicy: p}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// issue takes a certificate through create, CA and merge.
func (s *stand) issue(t *testing.T, name string, hostnames ...string) azcertificates.MergeCertificateResponse {
	t.Helper()
	op := s.create(t, name, ecPolicy(hostnames...))
	merged, err := s.certs.MergeCertificate(t.Context(), name,
		azcertificates.MergeCertificateParameters{X509Certificates: newCA(t).sign(t, op.CSR)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return merged
}

// ca is a root and an intermediate.
type ca struct {
	root, intermediate *x509.Certificate
	key                crypto.Signer
}

func newCA(t *testing.T) ca {
	t.Helper()
	var out ca
	for _, name := range []string{"Test Root", "Test Intermediate"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
		parent, signer := tmpl, crypto.Signer(key)
		if out.root != nil {
			parent, signer = out.root, out.key
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if out.root == nil {
			out.root = cert
		} else {
			out.intermediate = cert
		}
		out.key = key
	}
	return out
}

// sign makes the chain for a request: leaf, intermediate, root.
func (c ca) sign(t *testing.T, csrDER []byte) [][]byte {
	t.Helper()
	csr, err := x509.ParseCertificateRequest(csrDER)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: csr.Subject, DNSNames: csr.DNSNames,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, c.intermediate, csr.PublicKey, c.key)
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{der, c.intermediate.Raw, c.root.Raw}
}

// wantRefusal checks status, error.code and error.innererror.code of an SDK error.
func wantRefusal(t *testing.T, err error, status int, code, inner string) {
	t.Helper()
	var re *azcore.ResponseError
	if !errors.As(err, &re) {
		t.Fatalf("got error %v, want %d %s", err, status, code)
	}
	body, readErr := io.ReadAll(re.RawResponse.Body)
	if readErr != nil {
		t.Fatal(readErr)
	}
	var got struct {
		Error struct {
			Inner struct {
				Code string `json:"code"`
			} `json:"innererror"`
		} `json:"error"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("error body %q: %v", body, err)
	}
	if re.StatusCode != status || re.ErrorCode != code || got.Error.Inner.Code != inner {
		t.Errorf("got %d %q %q, want %d %q %q", re.StatusCode, re.ErrorCode, got.Error.Inner.Code, status, code, inner)
	}
}

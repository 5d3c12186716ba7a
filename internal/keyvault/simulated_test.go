package keyvault_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
	"certgate/localstack/vaultsim"
)

// simulation is a whole vault, as other people and other tools see it too.
type simulation struct {
	*vaultsim.Server
	transport policy.Transporter
	azure     *azcertificates.Client
	ca        authority
}

type anyToken struct{}

func (anyToken) Check(token, _ string) error {
	if token == "" {
		return errors.New("no token")
	}
	return nil
}

func simulate(t *testing.T) *simulation {
	t.Helper()
	s := &simulation{Server: vaultsim.New(vaultsim.Options{Tokens: anyToken{}}), ca: newAuthority(t)}
	s.transport = redirect(t, s.Server)
	client, err := azcertificates.NewClient(vaultURL, identity{}, &azcertificates.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: s.transport}})
	if err != nil {
		t.Fatal(err)
	}
	s.azure = client
	return s
}

// vault is ours; EC keys because they are made in no time.
func (s *simulation) vault(t *testing.T) *keyvault.Vault {
	return newVault(t, keyvault.Config{Transport: s.transport, KeyType: managed.ECP256})
}

// somebodyElse gives the name a certificate that is not ours.
func (s *simulation) somebodyElse(t *testing.T, name string, tags map[string]*string) {
	t.Helper()
	csr := s.pendingOf(t, name, "elsewhere.example.com", tags)
	_, err := s.azure.MergeCertificate(t.Context(), name, azcertificates.MergeCertificateParameters{X509Certificates: s.ca.sign(t, csr), Tags: tags}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// pendingOf starts an operation as somebody else would, with an RSA key.
func (s *simulation) pendingOf(t *testing.T, name, hostname string, tags map[string]*string) []byte {
	t.Helper()
	reply, err := s.azure.CreateCertificate(t.Context(), name, azcertificates.CreateCertificateParameters{
		CertificatePolicy: &azcertificates.CertificatePolicy{
			IssuerParameters: &azcertificates.IssuerParameters{Name: to.Ptr("Unknown")},
			KeyProperties:    &azcertificates.KeyProperties{KeyType: to.Ptr(azcertificates.KeyTypeRSA), KeySize: to.Ptr(int32(2048)), Exportable: to.Ptr(true), ReuseKey: to.Ptr(false)},
			X509CertificateProperties: &azcertificates.X509CertificateProperties{
				Subject:                 to.Ptr("CN=" + hostname),
				SubjectAlternativeNames: &azcertificates.SubjectAlternativeNames{DNSNames: []*string{&hostname}},
			},
		},
		Tags: tags,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return reply.CSR
}

// issue takes r the whole way.
func (s *simulation) issue(t *testing.T, v *keyvault.Vault, r issuance.CertificateRequest) (issuance.VaultCertificate, [][]byte) {
	t.Helper()
	csr := pendingCSR(t, v, r)
	chain := s.ca.sign(t, csr)
	cert, err := v.Merge(t.Context(), r, chain)
	if err != nil {
		t.Fatal(err)
	}
	return cert, chain
}

func pendingCSR(t *testing.T, v *keyvault.Vault, r issuance.CertificateRequest) []byte {
	t.Helper()
	csr, err := v.PendingCSR(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return csr
}

// losing drops the answer to the first request of a route: the service has
// done the work, the client does not know.
func losing(next policy.Transporter, method, suffix string) policy.Transporter {
	var once sync.Once
	return transport(func(r *http.Request) (*http.Response, error) {
		reply, err := next.Do(r)
		if err == nil && r.Method == method && strings.HasSuffix(r.URL.Path, suffix) && reply.StatusCode < 300 {
			once.Do(func() {
				reply.Body.Close()
				reply, err = nil, errors.New("connection reset by peer")
			})
		}
		return reply, err
	})
}

package vaultsim_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/localstack/vaultsim"
)

func TestASecondCreateAndAnImportAreRefusedWhileOneIsPending(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	first := s.create(t, "c", ecPolicy("c.example"))
	_, err := s.certs.CreateCertificate(t.Context(), "c", azcertificates.CreateCertificateParameters{CertificatePolicy: ecPolicy("c.example")}, nil)
	wantRefusal(t, err, 409, "Forbidden", "")
	_, err = s.certs.ImportCertificate(t.Context(), "c", azcertificates.ImportCertificateParameters{Base64EncodedCertificate: to.Ptr("x")}, nil)
	wantRefusal(t, err, 409, "Forbidden", "")
	again, err := s.certs.GetCertificateOperation(t.Context(), "c", nil)
	if err != nil || string(again.CSR) != string(first.CSR) {
		t.Errorf("the pending request is not the first one: %v", err)
	}
	if _, err := s.certs.DeleteCertificateOperation(t.Context(), "c", nil); err != nil {
		t.Fatal(err)
	}
	_, err = s.certs.GetCertificateOperation(t.Context(), "c", nil)
	wantRefusal(t, err, 404, "PendingCertificateNotFound", "")
	s.create(t, "c", ecPolicy("c.example"))
}

func TestMergeRefusesWhatDoesNotBelongToThePendingKey(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	op := s.create(t, "c", ecPolicy("c.example"))
	other := s.create(t, "other", ecPolicy("c.example"))
	chain := newCA(t).sign(t, op.CSR)
	for _, tc := range []struct {
		name string
		x5c  [][]byte
	}{
		{"a certificate of another key", newCA(t).sign(t, other.CSR)},
		{"PEM text instead of DER", [][]byte{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[0]})}},
		{"only the issuers", chain[1:]},
		{"nothing", nil},
	} {
		_, err := s.certs.MergeCertificate(t.Context(), "c", azcertificates.MergeCertificateParameters{X509Certificates: tc.x5c}, nil)
		t.Run(tc.name, func(t *testing.T) { wantRefusal(t, err, 400, "BadParameter", "") })
	}
	if _, err := s.certs.MergeCertificate(t.Context(), "c", azcertificates.MergeCertificateParameters{X509Certificates: chain}, nil); err != nil {
		t.Fatalf("the right one is refused after that: %v", err)
	}
	_, err := s.certs.MergeCertificate(t.Context(), "c", azcertificates.MergeCertificateParameters{X509Certificates: chain}, nil)
	wantRefusal(t, err, 404, "PendingCertificateNotFound", "")
}

func TestWhatIsNotThereIs404WithItsCode(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	_, err := s.certs.GetCertificate(t.Context(), "none", "", nil)
	wantRefusal(t, err, 404, "CertificateNotFound", "")
	_, err = s.certs.GetCertificateOperation(t.Context(), "none", nil)
	wantRefusal(t, err, 404, "PendingCertificateNotFound", "")
	_, err = s.certs.MergeCertificate(t.Context(), "none", azcertificates.MergeCertificateParameters{X509Certificates: [][]byte{{1}}}, nil)
	wantRefusal(t, err, 404, "PendingCertificateNotFound", "")
	_, err = s.secrets.GetSecret(t.Context(), "none", "", nil)
	wantRefusal(t, err, 404, "SecretNotFound", "")
	s.create(t, "pending", ecPolicy("c.example"))
	_, err = s.secrets.GetSecret(t.Context(), "pending", "", nil)
	wantRefusal(t, err, 404, "SecretNotFound", "")
}

func TestPoliciesThatCannotBe(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	encipher := ecPolicy("c.example")
	encipher.X509CertificateProperties.KeyUsage = to.SliceOfPtrs(azcertificates.KeyUsageTypeKeyEncipherment)
	hsm := ecPolicy("c.example")
	hsm.KeyProperties.KeyType = to.Ptr(azcertificates.KeyTypeECHSM)
	noName := ecPolicy("c.example")
	noName.X509CertificateProperties = &azcertificates.X509CertificateProperties{}
	size := ecPolicy("c.example")
	size.KeyProperties = &azcertificates.KeyProperties{KeyType: to.Ptr(azcertificates.KeyTypeRSA), KeySize: to.Ptr[int32](1024)}
	text := ecPolicy("c.example")
	text.SecretProperties.ContentType = to.Ptr("text/plain")
	for _, tc := range []struct {
		problem, name string
		policy        *azcertificates.CertificatePolicy
	}{
		{"EC key that shall encrypt", "c", encipher},
		{"HSM key that can be exported", "c", hsm},
		{"no name at all", "c", noName},
		{"1024 bits", "c", size},
		{"unknown content type", "c", text},
		{"no policy for a new name", "c", nil},
		{"a name with a dot", "c.example", ecPolicy("c.example")},
		{"a name that is too long", strings.Repeat("c", 128), ecPolicy("c.example")},
	} {
		_, err := s.certs.CreateCertificate(t.Context(), tc.name, azcertificates.CreateCertificateParameters{CertificatePolicy: tc.policy}, nil)
		t.Run(tc.problem, func(t *testing.T) { wantRefusal(t, err, 400, "BadParameter", "") })
	}
}

func TestAVersionTakesNoPolicy(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	s.issue(t, "c", "c.example")
	_, err := s.certs.UpdateCertificate(t.Context(), "c", "", azcertificates.UpdateCertificateParameters{CertificatePolicy: ecPolicy("c.example")}, nil)
	wantRefusal(t, err, 400, "BadParameter", "")
}

func TestCancellationIsOnlyAWishAndTooLateAfterTheMerge(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	op := s.create(t, "c", ecPolicy("c.example"))
	wish := azcertificates.CertificateOperation{CancellationRequested: to.Ptr(true)}
	got, err := s.certs.UpdateCertificateOperation(t.Context(), "c", azcertificates.UpdateCertificateOperationParameter{CancellationRequested: wish.CancellationRequested}, nil)
	if err != nil || *got.Status != "inProgress" || !*got.CancellationRequested {
		t.Errorf("after the wish: %+v, %v", got.CertificateOperation, err)
	}
	if _, err := s.certs.MergeCertificate(t.Context(), "c", azcertificates.MergeCertificateParameters{X509Certificates: newCA(t).sign(t, op.CSR)}, nil); err != nil {
		t.Fatal(err)
	}
	_, err = s.certs.UpdateCertificateOperation(t.Context(), "c", azcertificates.UpdateCertificateOperationParameter{CancellationRequested: wish.CancellationRequested}, nil)
	wantRefusal(t, err, 400, "BadParameter", "")
}

func TestOneNameIsEitherACertificateOrAPlainSecret(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	if _, err := s.secrets.SetSecret(t.Context(), "plain", azsecrets.SetSecretParameters{Value: to.Ptr("v")}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := s.certs.CreateCertificate(t.Context(), "plain", azcertificates.CreateCertificateParameters{CertificatePolicy: ecPolicy("c.example")}, nil)
	wantRefusal(t, err, 409, "Conflict", "")
	s.issue(t, "cert", "c.example")
	_, err = s.secrets.SetSecret(t.Context(), "cert", azsecrets.SetSecretParameters{Value: to.Ptr("v")}, nil)
	wantRefusal(t, err, 409, "Conflict", "")
}

func TestASoftDeletedSecretBlocksItsName(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	if _, err := s.secrets.SetSecret(t.Context(), "plain", azsecrets.SetSecretParameters{Value: to.Ptr("v")}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.secrets.DeleteSecret(t.Context(), "plain", nil); err != nil {
		t.Fatal(err)
	}
	_, err := s.certs.CreateCertificate(t.Context(), "plain", azcertificates.CreateCertificateParameters{CertificatePolicy: ecPolicy("c.example")}, nil)
	wantRefusal(t, err, 409, "Conflict", "ObjectIsDeletedButRecoverable")
}

func TestMoreThanFifteenTagsAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	many := map[string]*string{}
	for i := range 16 {
		many[fmt.Sprint("tag", i)] = to.Ptr("v")
	}
	_, err := s.certs.CreateCertificate(t.Context(), "c", azcertificates.CreateCertificateParameters{CertificatePolicy: ecPolicy("c.example"), Tags: many}, nil)
	wantRefusal(t, err, 400, "BadParameter", "")
	delete(many, "tag0")
	op, err := s.certs.CreateCertificate(t.Context(), "c", azcertificates.CreateCertificateParameters{CertificatePolicy: ecPolicy("c.example"), Tags: many}, nil)
	if err != nil {
		t.Fatalf("fifteen are refused: %v", err)
	}
	many["tag0"] = to.Ptr("v")
	_, err = s.certs.MergeCertificate(t.Context(), "c", azcertificates.MergeCertificateParameters{X509Certificates: newCA(t).sign(t, op.CSR), Tags: many}, nil)
	wantRefusal(t, err, 400, "BadParameter", "")
	_, err = s.certs.UpdateCertificate(t.Context(), "c", "", azcertificates.UpdateCertificateParameters{Tags: many}, nil)
	wantRefusal(t, err, 400, "BadParameter", "")
	_, err = s.secrets.SetSecret(t.Context(), "s", azsecrets.SetSecretParameters{Value: to.Ptr("v"), Tags: map[string]*string{"t": to.Ptr(strings.Repeat("x", 257))}}, nil)
	wantRefusal(t, err, 400, "BadParameter", "")
}

// What the service refuses before it looks at anything, and what is not simulated.
func TestRequestsThatAreRefusedByTheirAddress(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	for _, tc := range []struct {
		path, message string
		status        int
	}{
		{"/certificates/c?api-version=7.99", "The specified version (7.99) is not recognized.", 400},
		{"/certificates/c", "api-version must be specified", 400},
		{"/certificates/a.b?api-version=7.6", "The request URI contains an invalid name: a.b", 400},
		{"/secrets/a_b?api-version=7.6", "The request URI contains an invalid name: a_b", 400},
		{"/certificates/issuers?api-version=7.6", "not simulated", 501},
		{"/certificates/issuers/one?api-version=7.6", "not simulated", 501},
		{"/certificates/contacts?api-version=7.6", "not simulated", 501},
		{"/keys?api-version=7.6", "not simulated", 501},
	} {
		reply := s.ask(t, http.MethodGet, tc.path, nil)
		body, err := io.ReadAll(reply.Body)
		if err != nil {
			t.Fatal(err)
		}
		if reply.StatusCode != tc.status || !strings.Contains(string(body), tc.message) {
			t.Errorf("%s: %d %s", tc.path, reply.StatusCode, body)
		}
	}
}

func TestADisabledCertificateHidesItsSecret(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	s.issue(t, "c", "c.example")
	if _, err := s.certs.UpdateCertificate(t.Context(), "c", "", azcertificates.UpdateCertificateParameters{
		CertificateAttributes: &azcertificates.CertificateAttributes{Enabled: to.Ptr(false)}}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := s.secrets.GetSecret(t.Context(), "c", "", nil)
	wantRefusal(t, err, 403, "Forbidden", "SecretDisabled")
}

func TestARoleThatIsMissingAndThrottling(t *testing.T) {
	t.Parallel()
	var answer atomic.Pointer[vaultsim.Refusal]
	s := setup(t, vaultsim.Options{Deny: func(method, path string) (vaultsim.Refusal, bool) {
		if r := answer.Load(); r != nil && method == http.MethodGet && strings.HasPrefix(path, "/certificates/c") {
			return *r, true
		}
		return vaultsim.Refusal{}, false
	}})
	s.issue(t, "c", "c.example")
	answer.Store(to.Ptr(vaultsim.Forbidden()))
	_, err := s.certs.GetCertificate(t.Context(), "c", "", nil)
	wantRefusal(t, err, 403, "Forbidden", "ForbiddenByRbac")
	answer.Store(to.Ptr(vaultsim.Throttled(1500 * time.Millisecond)))
	_, err = s.certs.GetCertificate(t.Context(), "c", "", nil)
	wantRefusal(t, err, 429, "Throttled", "")
	answer.Store(nil)
	if _, err = s.certs.GetCertificate(t.Context(), "c", "", nil); err != nil {
		t.Error(err)
	}
}

func TestACallWithoutGoodTokenGetsTheChallenge(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	for name, header := range map[string]string{"none": "", "not ours": "Bearer fake_token", "another audience": "Bearer " + s.tokens.Token("https://management.azure.com")} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.raw.URL+"/certificates/c/?api-version=7.6", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		want := `Bearer authorization="https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001", resource="https://vault.azure.net"`
		if resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") != want {
			t.Errorf("%s: %d %q", name, resp.StatusCode, resp.Header.Get("WWW-Authenticate"))
		}
	}
	if s.sim.Calls("") != 0 {
		t.Error("a call without token was counted as authorized")
	}
}

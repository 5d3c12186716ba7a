package vaultsim_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/localstack/recorded"
	"certgate/localstack/vaultsim"
)

// What is let off, and why.
var (
	anAccessPolicyVault = recorded.LetOff{Path: "header X-Ms-Keyvault-Rbac-Assignment-Id", Reason: "that vault goes by access policies, the simulated one by roles"}
	aCache              = recorded.LetOff{Path: "header X-Ms-Keyvault-Rbac-Cache", Reason: "how old the service's copy of the roles is: of some servers only, in 2022"}
	// Recordings of 2019 by a tool that kept fewer headers, from a service that sent fewer.
	headersOf2019 = []recorded.LetOff{
		anAccessPolicyVault,
		{Path: "header X-Ms-Keyvault-Network-Info", Reason: "is not in recordings of 2019"},
		{Path: "header X-Ms-Request-Id", Reason: "is left out by the recorder of 2019"},
	}
	fewerHeadersOf2019 = append([]recorded.LetOff{
		{Path: "header Strict-Transport-Security", Reason: "is left out in this recording"},
		{Path: "header X-Content-Type-Options", Reason: "is left out in this recording"},
		{Path: "header X-Ms-Keyvault-Region", Reason: "is left out in this recording"},
		{Path: "header X-Ms-Keyvault-Service-Version", Reason: "is left out in this recording"},
	}, headersOf2019...)
)

// The requests below are the recorded ones, with the names, keys and
// certificates of this run in them.

func TestTheChallengeIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	reply, err := http.Post(s.raw.URL+"/certificates/c/import?api-version=2025-07-01", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	recorded.Check(t, "keyvault-challenge-401", reply)
}

func TestAFirstCertificateGoesTheRecordedWay(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{Retention: 7 * 24 * time.Hour})
	create := map[string]any{"policy": map[string]any{"issuer": map[string]any{"cert_transparency": false, "name": "Unknown"},
		"x509_props": map[string]any{"subject": "CN=MyCert"}}}
	reply := s.ask(t, "POST", "/certificates/c/create?api-version=7.5", create)
	recorded.Check(t, "keyvault-create-unknown-202", reply)
	var op struct {
		CSR []byte `json:"csr"`
	}
	decode(t, reply, &op)

	reply = s.ask(t, "GET", "/certificates/c?api-version=7.4-preview.1", nil)
	recorded.Check(t, "keyvault-get-only-pending-200", reply, aCache)
	var empty struct {
		ID         string `json:"id"`
		Attributes struct {
			Enabled           bool
			NBF, Exp, Created int64
			RecoveryLevel     string
			RecoverableDays   int
		} `json:"attributes"`
	}
	decode(t, reply, &empty)
	if a := empty.Attributes; a.Enabled || a.NBF != a.Created-600 || a.Exp < a.Created+364*24*3600 || a.RecoveryLevel != "CustomizedRecoverable+Purgeable" || a.RecoverableDays != 7 {
		t.Errorf("attributes %+v", a)
	}
	reply = s.ask(t, "GET", empty.ID[len(vaultURL):]+"?api-version=7.4-preview.1", nil)
	recorded.Check(t, "keyvault-get-only-pending-by-version-200", reply, aCache)

	reply = s.ask(t, "GET", "/certificates?includePending=true&api-version=7.0", nil)
	recorded.Check(t, "keyvault-list-include-pending-200", reply, fewerHeadersOf2019...)

	foreign := newCA(t)
	merge := map[string]any{"x5c": [][]byte{foreign.intermediate.Raw}, "attributes": map[string]any{"enabled": true}}
	reply = s.ask(t, "POST", "/certificates/c/pending/merge?api-version=7.0", merge)
	recorded.Check(t, "keyvault-merge-other-key-400", reply, headersOf2019[1:]...)

	chain := newCA(t).sign(t, op.CSR)
	reply = s.ask(t, "POST", "/certificates/c/pending/merge?api-version=7.5", map[string]any{"x5c": chain[:1]})
	recorded.Check(t, "keyvault-merge-201", reply)
}

func TestAnImportFromPEMIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	key := rsaKey(t)
	body := map[string]any{"value": selfSignedPEM(t, key), "preserveCertOrder": true, "policy": map[string]any{
		"key_props": map[string]any{"exportable": true}, "secret_props": map[string]any{"contentType": "application/x-pem-file"},
		"x509_props": map[string]any{"subject": "CN=contoso.com"}, "issuer": map[string]any{"name": "Self"}}}
	reply := s.ask(t, "POST", "/certificates/c/import?api-version=2025-07-01", body)
	recorded.Check(t, "keyvault-import-pem-200", reply)
	var got struct {
		Policy struct {
			Props struct {
				Subject string   `json:"subject"`
				EKUs    []string `json:"ekus"`
				Usage   []string `json:"key_usage"`
				Months  int      `json:"validity_months"`
				Basic   struct {
					CA bool `json:"ca"`
				} `json:"basic_constraints"`
			} `json:"x509_props"`
			Actions []struct {
				Action struct {
					Type string `json:"action_type"`
				} `json:"action"`
			} `json:"lifetime_actions"`
		} `json:"policy"`
	}
	decode(t, reply, &got)
	p := got.Policy.Props
	if p.Subject != "O=\"Widgets, Ltd\", S=Some-State, C=AU" || p.Months != 120 || !p.Basic.CA || len(p.EKUs) != 1 || len(p.Usage) != 3 || p.Usage[0] != "digitalSignature" {
		t.Errorf("the certificate's own properties are %+v", p)
	}
	if got.Policy.Actions[0].Action.Type != "AutoRenew" {
		t.Errorf("lifetime action %+v", got.Policy.Actions)
	}
}

// selfSignedPEM is a certificate like the recorded one: ten years, a CA, with an
// e-mail address for a name.
func selfSignedPEM(t *testing.T, key crypto.Signer) string {
	t.Helper()
	from := time.Date(2021, 11, 1, 21, 38, 51, 0, time.UTC)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: from.AddDate(10, 0, 0),
		Subject: pkix.Name{Country: []string{"AU"}, Province: []string{"Some-State"}, Organization: []string{"Widgets, Ltd"}}, IsCA: true, BasicConstraintsValid: true,
		EmailAddresses: []string{"sdk@example.com"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyEncipherment}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func TestTheRecordedRefusals(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := setup(t, vaultsim.Options{SettleAfter: minute, Now: clock.now})
	if _, err := s.secrets.SetSecret(t.Context(), "off", azsecrets.SetSecretParameters{Value: to.Ptr("v"),
		SecretAttributes: &azsecrets.SecretAttributes{Enabled: to.Ptr(false)}}, nil); err != nil {
		t.Fatal(err)
	}
	recorded.Check(t, "keyvault-disabled-secret-403", s.ask(t, "GET", "/secrets/off/?api-version=7.4-preview.1", nil))

	s.issue(t, "c", "c.example")
	if _, err := s.certs.DeleteCertificate(t.Context(), "c", nil); err != nil {
		t.Fatal(err)
	}
	clock.add(minute)
	if _, err := s.certs.RecoverDeletedCertificate(t.Context(), "c", nil); err != nil {
		t.Fatal(err)
	}
	recorded.Check(t, "keyvault-get-while-recovering-404", s.ask(t, "GET", "/certificates/c/?api-version=7.3", nil))
}

package vaultsim_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/google/go-cmp/cmp"

	"certgate/localstack/vaultsim"
	"certgate/localstack/vaultsim/bundle"
)

func TestACertificateGoesFromCreateOverTheCAToItsSecret(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	op := s.create(t, "a-example", ecPolicy("a.example", "*.b.example"))
	if *op.Status != "inProgress" || op.ID.Name() != "a-example" || op.ID.Version() != "pending" || *op.RequestID == "" {
		t.Errorf("operation is %+v", op.CertificateOperation)
	}
	csr, err := x509.ParseCertificateRequest(op.CSR)
	if err != nil {
		t.Fatal(err)
	}
	if err := csr.CheckSignature(); err != nil {
		t.Errorf("the request is not signed by its key: %v", err)
	}
	if csr.Subject.CommonName != "a.example" || !cmp.Equal(csr.DNSNames, []string{"a.example", "*.b.example"}) {
		t.Errorf("request is for %s, %v", csr.Subject, csr.DNSNames)
	}
	chain := newCA(t).sign(t, op.CSR)
	merged, err := s.certs.MergeCertificate(t.Context(), "a-example", azcertificates.MergeCertificateParameters{
		X509Certificates: chain, Tags: map[string]*string{"Hostname": to.Ptr("a.example")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.certs.GetCertificate(t.Context(), "A-Example", "", nil) // names ignore case
	if err != nil {
		t.Fatal(err)
	}
	thumb := sha1.Sum(chain[0])
	if got.ID.Version() != merged.ID.Version() || !bytes.Equal(got.CER, chain[0]) || !bytes.Equal(got.X509Thumbprint, thumb[:]) ||
		*got.Tags["Hostname"] != "a.example" || !*got.Attributes.Enabled || got.Attributes.Expires == nil {
		t.Errorf("certificate is %+v", got.Certificate)
	}
	if want := vaultURL + "/secrets/a-example/" + got.ID.Version(); string(*got.SID) != want {
		t.Errorf("sid is %s, want %s", *got.SID, want)
	}
	after, err := s.certs.GetCertificateOperation(t.Context(), "a-example", nil)
	if err != nil || *after.Status != "completed" {
		t.Errorf("operation after merge: %v, %v", after.Status, err)
	}
	for _, version := range []string{"", got.ID.Version()} {
		secret, err := s.secrets.GetSecret(t.Context(), "a-example", version, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := bundle.Parse(*secret.Value, *secret.ContentType)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := b.Leaf()
		if err != nil || !bytes.Equal(leaf.Raw, chain[0]) || len(b.Certificates) != 3 {
			t.Errorf("secret holds %v and %d certificates, %v", leaf, len(b.Certificates), err)
		}
		if !*secret.Managed {
			t.Error("the secret of a certificate is not managed")
		}
	}
}

func TestTheKeyIsWhatThePolicySays(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	p := ecPolicy("a.example")
	p.KeyProperties = &azcertificates.KeyProperties{KeyType: to.Ptr(azcertificates.KeyTypeRSA), KeySize: to.Ptr[int32](3072)}
	p.X509CertificateProperties.KeyUsage = nil
	csr, err := x509.ParseCertificateRequest(s.create(t, "rsa", p).CSR)
	if err != nil {
		t.Fatal(err)
	}
	if key, ok := csr.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() != 3072 {
		t.Errorf("key is %T", csr.PublicKey)
	}
	got, err := s.certs.GetCertificatePolicy(t.Context(), "rsa", nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := to.SliceOfPtrs(azcertificates.KeyUsageTypeDigitalSignature, azcertificates.KeyUsageTypeKeyEncipherment); !cmp.Equal(got.X509CertificateProperties.KeyUsage, want) {
		t.Errorf("default key usage of RSA is %v", got.X509CertificateProperties.KeyUsage)
	}
}

func TestMergeTakesAnyOrderAndTheSecretShowsTheObservedOne(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	leaf, inter, root := "leaf.example", "Test Intermediate", "Test Root"
	for _, tc := range []struct {
		name, contentType string
		preserve          bool
		merged            []int // indexes into leaf, intermediate, root
		want              []string
	}{
		{"pem", bundle.TypePEM, false, []int{2, 0, 1}, []string{leaf, inter, root}},
		{"pfx", bundle.TypePFX, false, []int{0, 1, 2}, []string{root, inter, leaf}},
		{"pfx-root-first-preserved", bundle.TypePFX, true, []int{2, 1, 0}, []string{leaf, inter, root}},
		{"pem-root-first-preserved", bundle.TypePEM, true, []int{2, 1, 0}, []string{leaf, inter, root}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := ecPolicy(leaf)
			p.SecretProperties.ContentType = &tc.contentType
			op, err := s.certs.CreateCertificate(t.Context(), tc.name, azcertificates.CreateCertificateParameters{CertificatePolicy: p, PreserveCertOrder: &tc.preserve}, nil)
			if err != nil {
				t.Fatal(err)
			}
			signed := newCA(t).sign(t, op.CSR)
			var chain [][]byte
			for _, i := range tc.merged {
				chain = append(chain, signed[i])
			}
			if _, err := s.certs.MergeCertificate(t.Context(), tc.name, azcertificates.MergeCertificateParameters{X509Certificates: chain}, nil); err != nil {
				t.Fatal(err)
			}
			secret, err := s.secrets.GetSecret(t.Context(), tc.name, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			b, err := bundle.Parse(*secret.Value, tc.contentType)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range b.Certificates {
				got = append(got, c.Subject.CommonName)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTagsReplaceTheWholeMapAndStayWithoutOne(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	op, err := s.certs.CreateCertificate(t.Context(), "c", azcertificates.CreateCertificateParameters{CertificatePolicy: ecPolicy("c.example"),
		Tags: map[string]*string{"a": to.Ptr("1"), "b": to.Ptr("2")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.certs.MergeCertificate(t.Context(), "c", azcertificates.MergeCertificateParameters{X509Certificates: newCA(t).sign(t, op.CSR)}, nil); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		send map[string]*string
		want string
	}{
		{nil, "a=1 b=2"}, // what create said
		{map[string]*string{"b": to.Ptr("3")}, "b=3"},
		{nil, "b=3"},
		{map[string]*string{}, ""}, // an empty map is sent
	} {
		got, err := s.certs.UpdateCertificate(t.Context(), "c", "", azcertificates.UpdateCertificateParameters{Tags: tc.send}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var tags []string
		for k, v := range got.Tags {
			tags = append(tags, k+"="+*v)
		}
		slices.Sort(tags)
		if strings.Join(tags, " ") != tc.want {
			t.Errorf("after %v tags are %v, want %s", tc.send, tags, tc.want)
		}
	}
}

func TestALaterCreateReusesThePolicyAndKeepsTheVersionUntilMerge(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	first := s.issue(t, "c", "c.example")
	op := s.create(t, "c", nil)
	now, err := s.certs.GetCertificate(t.Context(), "c", "", nil)
	if err != nil || now.ID.Version() != first.ID.Version() {
		t.Errorf("while pending the version is %v, %v", now.ID, err)
	}
	second, err := s.certs.MergeCertificate(t.Context(), "c", azcertificates.MergeCertificateParameters{X509Certificates: newCA(t).sign(t, op.CSR)}, nil)
	if err != nil || second.ID.Version() == first.ID.Version() {
		t.Fatalf("second version is %v, %v", second.ID, err)
	}
	old, err := s.certs.GetCertificate(t.Context(), "c", first.ID.Version(), nil)
	if err != nil || !bytes.Equal(old.CER, first.CER) {
		t.Errorf("the old version is not there any more: %v", err)
	}
}

func TestPolicyUpdateChangesOnlyTheGivenMembers(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	s.issue(t, "c", "c.example")
	got, err := s.certs.UpdateCertificatePolicy(t.Context(), "c", azcertificates.CertificatePolicy{
		X509CertificateProperties: &azcertificates.X509CertificateProperties{ValidityInMonths: to.Ptr[int32](3)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if x := got.X509CertificateProperties; *x.ValidityInMonths != 3 || *x.Subject != "CN=c.example" || *got.KeyProperties.KeyType != azcertificates.KeyTypeEC {
		t.Errorf("policy is %+v", got.CertificatePolicy)
	}
}

func TestTheIssuerSelfSignsAfterAWhile(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := setup(t, vaultsim.Options{SelfIssueAfter: minute, Now: clock.now})
	p := ecPolicy("self.example")
	p.IssuerParameters.Name = to.Ptr("self")
	s.create(t, "self", p)
	_, err := s.certs.MergeCertificate(t.Context(), "self", azcertificates.MergeCertificateParameters{X509Certificates: [][]byte{{0}}}, nil)
	wantRefusal(t, err, 403, "Forbidden", "")
	if before, err := s.certs.GetCertificate(t.Context(), "self", "", nil); err != nil || len(before.CER) > 0 {
		t.Errorf("before it is signed: %+v, %v", before.Certificate, err)
	}
	clock.add(minute)
	got, err := s.certs.GetCertificate(t.Context(), "self", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(got.CER)
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.VerifyHostname("self.example"); err != nil {
		t.Error(err)
	}
}

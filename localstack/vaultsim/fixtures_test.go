package vaultsim_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/localstack/vaultsim"
)

func rsaPolicy(hostname string) *azcertificates.CertificatePolicy {
	p := ecPolicy(hostname)
	p.KeyProperties = &azcertificates.KeyProperties{KeyType: to.Ptr(azcertificates.KeyTypeRSA), KeySize: to.Ptr[int32](2048)}
	return p
}

// fixture is an official example: a request and the replies it may have.
type fixture struct {
	Parameters map[string]json.RawMessage `json:"parameters"`
	Responses  map[string]struct {
		Body any `json:"body"`
	} `json:"responses"`
}

func readFixture(t *testing.T, name string) fixture {
	t.Helper()
	dir := os.Getenv("CERTGATE_FIXTURES")
	if dir == "" {
		t.Skip("CERTGATE_FIXTURES is not set: it is the folder that holds the official REST examples, azure-rest-api-specs")
	}
	data, err := os.ReadFile(filepath.Join(dir, "azure-rest-api-specs", "keyvault", name+"-example.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func (s *stand) send(t *testing.T, method, path string, body any) (int, any) {
	t.Helper()
	resp := s.ask(t, method, path+"?api-version=7.6", body)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%s %s: %q: %v", method, path, raw, err)
		}
	}
	return resp.StatusCode, out
}

// members lists the paths of all members of a JSON value.
func members(v any, path string) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			out = append(append(out, path+"/"+name), members(value, path+"/"+name)...)
		}
	case []any:
		if len(v) > 0 {
			out = members(v[0], path+"[]")
		}
	}
	return out
}

// TestRepliesHaveTheMembersOfTheOfficialExamples walks one certificate through
// its life and compares each reply with the example of that call.
func TestRepliesHaveTheMembersOfTheOfficialExamples(t *testing.T) {
	t.Parallel()
	create := readFixture(t, "CreateCertificate")
	s := setup(t, vaultsim.Options{})
	done := s.create(t, "done", rsaPolicy("done.example"))
	if _, err := s.certs.MergeCertificate(t.Context(), "done", azcertificates.MergeCertificateParameters{X509Certificates: newCA(t).sign(t, done.CSR)}, nil); err != nil {
		t.Fatal(err)
	}
	s.create(t, "z-cancel", ecPolicy("cancel.example"))
	merge := s.create(t, "merge", rsaPolicy("merge.example"))
	b := uploaded(t, rsaKey(t))
	imported := map[string]any{"value": pfxOf(t, b, "123"), "pwd": "123", "policy": json.RawMessage(nil)}
	var example struct {
		Policy json.RawMessage `json:"policy"`
	}
	if err := json.Unmarshal(readFixture(t, "ImportCertificate").Parameters["parameters"], &example); err != nil {
		t.Fatal(err)
	}
	imported["policy"] = example.Policy

	for _, tc := range []struct {
		fixture, method, path string
		body                  any
		status                int
	}{
		{"CreateCertificate", "POST", "/certificates/selfSignedCert01/create", create.Parameters["parameters"], 202},
		{"GetCertificateOperation", "GET", "/certificates/z-cancel/pending", nil, 200},
		{"UpdateCertificateOperation", "PATCH", "/certificates/z-cancel/pending", readFixture(t, "UpdateCertificateOperation").Parameters["certificateOperation"], 200},
		{"DeleteCertificateOperation", "DELETE", "/certificates/z-cancel/pending", nil, 200},
		{"MergeCertificate", "POST", "/certificates/merge/pending/merge", map[string]any{"x5c": newCA(t).sign(t, merge.CSR)}, 201},
		{"ImportCertificate", "POST", "/certificates/importCert01/import", imported, 200},
		{"GetCertificate", "GET", "/certificates/done", nil, 200},
		{"UpdateCertificate", "PATCH", "/certificates/done/", readFixture(t, "UpdateCertificate").Parameters["parameters"], 200},
		{"GetCertificates", "GET", "/certificates", nil, 200},
		{"GetCertificateVersions", "GET", "/certificates/done/versions", nil, 200},
		{"GetCertificatePolicy", "GET", "/certificates/done/policy", nil, 200},
		{"UpdateCertificatePolicy", "PATCH", "/certificates/importCert01/policy", readFixture(t, "UpdateCertificatePolicy").Parameters["certificatePolicy"], 200},
		{"DeleteCertificate", "DELETE", "/certificates/done", nil, 200},
		{"GetDeletedCertificate", "GET", "/deletedcertificates/done", nil, 200},
		{"RecoverDeletedCertificate", "POST", "/deletedcertificates/done/recover", nil, 200},
		{"DeleteCertificate", "DELETE", "/certificates/done", nil, 200},
		{"PurgeDeletedCertificate", "DELETE", "/deletedcertificates/done", nil, 204},
	} {
		status, got := s.send(t, tc.method, tc.path, tc.body)
		if status != tc.status {
			t.Errorf("%s: status %d, want %d: %v", tc.fixture, status, tc.status, got)
			continue
		}
		have := members(got, "")
		for code, want := range readFixture(t, tc.fixture).Responses {
			for _, member := range members(want.Body, "") {
				if !slices.Contains(have, member) {
					t.Errorf("%s (%s): the reply has no %s", tc.fixture, code, member)
				}
			}
		}
	}
}

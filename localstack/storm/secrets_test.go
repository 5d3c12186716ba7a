package storm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAKeyIsFoundInEveryFormAndItsCertificateIsNone(t *testing.T) {
	t.Parallel()
	u, certificate := selfSigned("shop.example.test")
	der, err := x509.MarshalPKCS8PrivateKey(u.key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	quoted, err := json.Marshal(map[string]string{"privatekey": text})
	if err != nil {
		t.Fatal(err)
	}
	s := newSecrets()
	if err := s.addKey("the key", u.key); err != nil {
		t.Fatal(err)
	}
	for form, data := range map[string][]byte{
		"PEM": []byte(text), "PEM in JSON": quoted, "DER": der, "hexadecimal": []byte(hex.EncodeToString(der)),
		"base64 in one line":         []byte(base64.StdEncoding.EncodeToString(der)),
		"JSON in a queue message":    []byte(base64.StdEncoding.EncodeToString(quoted)),
		"somewhere in a queue entry": []byte("<MessageText>" + base64.StdEncoding.EncodeToString([]byte(`{"x":"`+text+`"}`)) + "</MessageText>"),
	} {
		if found := s.in(data); len(found) == 0 {
			t.Errorf("the key was not found as %s", form)
		}
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	otherDER, err := x509.MarshalPKCS8PrivateKey(other)
	if err != nil {
		t.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
	if found := s.in([]byte(public + base64.StdEncoding.EncodeToString(otherDER))); len(found) > 0 {
		t.Errorf("found %v in a certificate and in another key", found)
	}
}

func TestFilesAreSearchedAndFindingsNameThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	password := rand.Text()
	for name, content := range map[string]string{
		"sub/stack.log": `{"msg":"import with ` + password + `"}`,
		"queue.json":    base64.StdEncoding.EncodeToString([]byte("a message that has " + password + " in it")),
		"harmless.log":  strings.Repeat("nothing to see here\n", 1000),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newSecrets()
	s.addText("a password", password)
	findings, err := s.below(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) != 2 || !strings.Contains(strings.Join(findings, "\n"), "stack.log") || !strings.Contains(strings.Join(findings, "\n"), "queue.json") {
		t.Errorf("findings are %q, want one in each of two files", findings)
	}
	for _, f := range findings {
		if strings.Contains(f, password) {
			t.Error("a finding tells the secret")
		}
	}
}

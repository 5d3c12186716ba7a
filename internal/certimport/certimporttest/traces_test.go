package certimporttest_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"certgate/internal/certimport/certimporttest"
)

func TestAKeyIsFoundInEveryFormInWhichItCouldLeak(t *testing.T) {
	t.Parallel()
	u := certimporttest.New(t, time.Now(), "shop.example.com")
	sec1, err := x509.MarshalECPrivateKey(u.Key)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(u.KeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(u.Body("shop.example.com"))
	for name, data := range map[string][]byte{
		"PEM":                  []byte(u.KeyPEM),
		"PEM in JSON":          quoted,
		"a request":            body,
		"a request in base64":  []byte(base64.StdEncoding.EncodeToString(body)),
		"behind one byte":      []byte(base64.StdEncoding.EncodeToString(append([]byte("x"), body...))),
		"DER":                  sec1,
		"DER in base64":        []byte(base64.StdEncoding.EncodeToString(sec1)),
		"DER behind two bytes": []byte(base64.StdEncoding.EncodeToString(append([]byte("xy"), sec1...))),
		"DER in hexadecimal":   []byte(hex.EncodeToString(sec1)),
		"a password":           []byte(u.PFXBody("shop.example.com")),
		"a password in base64": []byte(base64.StdEncoding.EncodeToString([]byte(u.PFXBody("shop.example.com")))),
	} {
		if u.FoundIn(data) == "" {
			t.Errorf("not found in %s", name)
		}
	}
	if trace := u.FoundIn([]byte(u.Certificate)); trace != "" {
		t.Errorf("%q found in the certificate, which is public", trace)
	}
}

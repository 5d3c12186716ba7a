package storm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// upload is a certificate of another authority with its key.
type upload struct {
	key      *ecdsa.PrivateKey
	password string // "" if the key goes in as it is
}

// upload makes one and returns the body of its import: PEM, or every second time a
// PFX with a password.
func (l *load) upload(host string) []byte {
	u, certificate := selfSigned(host)
	l.mu.Lock()
	defer l.mu.Unlock()
	request := map[string]string{"hostname": host}
	if len(l.uploads)%2 == 0 {
		der, err := x509.MarshalPKCS8PrivateKey(u.key)
		must(err)
		request["privatekey"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		request["certificate"] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
	} else {
		u.password = rand.Text()
		pfx, err := pkcs12.Modern.Encode(u.key, certificate, nil, u.password)
		must(err)
		request["certificate"], request["password"] = base64.StdEncoding.EncodeToString(pfx), u.password
	}
	l.uploads = append(l.uploads, u)
	body, err := json.Marshal(request)
	must(err)
	return body
}

func selfSigned(host string) (upload, *x509.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte(rand.Text()[:15])), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 3, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(err)
	certificate, err := x509.ParseCertificate(der)
	must(err)
	return upload{key: key}, certificate
}

// must is for what cannot fail with a key that was just made.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

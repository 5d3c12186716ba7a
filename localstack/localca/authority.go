// Package localca is a certificate authority for TLS on this machine only. The
// local stack answers for names such as management.azure.com; its clients trust
// this root and nothing else, so the code that is tested can keep real names,
// real TLS and real verification.
package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"
)

const (
	lifetime = 365 * 24 * time.Hour
	// renewBefore is when a certificate counts as near its end: well above the
	// time that a local stack runs without a restart.
	renewBefore = 30 * 24 * time.Hour
	// backdate covers clocks that differ a little, as a container's and its host's.
	backdate = time.Hour
)

// Authority issues server certificates under one root. It is safe for
// concurrent use.
type Authority struct {
	root *x509.Certificate
	key  *ecdsa.PrivateKey

	mu     sync.Mutex
	issued map[string]tls.Certificate // by sorted host list
}

// New makes an authority that lives in memory: its root is valid for a year.
func New() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the root key: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "certgate local development root"},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(lifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	root, err := sign(template, template, key, key)
	if err != nil {
		return nil, fmt.Errorf("make the root certificate: %w", err)
	}
	return newAuthority(root, key), nil
}

func newAuthority(root *x509.Certificate, key *ecdsa.PrivateKey) *Authority {
	return &Authority{root: root, key: key, issued: map[string]tls.Certificate{}}
}

// PEM is the root certificate: the content of a trust bundle, such as the file
// that SSL_CERT_FILE names.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw})
}

// Pool trusts this root and no other.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	return pool
}

// sign gives the template a random serial number (RFC 5280 section 4.1.2.2) and
// has the parent's key sign it.
func sign(template, parent *x509.Certificate, subject, signer *ecdsa.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &subject.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Package bundle reads and writes a certificate, its chain and its private key
// in the two forms that a Key Vault certificate's secret can have: PFX
// (application/x-pkcs12, base64 and without password) and PEM
// (application/x-pem-file, PKCS#8). The vault simulator writes them, the
// gateway simulators read them.
package bundle

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
)

// The content types of a certificate's secret.
const (
	TypePFX = "application/x-pkcs12"
	TypePEM = "application/x-pem-file"
)

// ErrNoLeaf says that no certificate belongs to the private key.
var ErrNoLeaf = errors.New("no certificate has the public key of the private key")

// Bundle is a private key and certificates, in the order in which they are, or
// will be, written.
type Bundle struct {
	Key          crypto.Signer
	Certificates []*x509.Certificate
}

// Leaf is the certificate of the key, wherever it stands. ErrNoLeaf if there is none.
func (b Bundle) Leaf() (*x509.Certificate, error) {
	i := Find(b.Certificates, b.Key.Public())
	if i < 0 {
		return nil, ErrNoLeaf
	}
	return b.Certificates[i], nil
}

// LeafFirst is the chain in the order of a TLS handshake (RFC 8446 section
// 4.4.2): the leaf, then each one's issuer; strays come last.
func (b Bundle) LeafFirst() ([]*x509.Certificate, error) {
	i := Find(b.Certificates, b.Key.Public())
	if i < 0 {
		return nil, ErrNoLeaf
	}
	return Sort(b.Certificates, i), nil
}

// Find is the index of the certificate with that public key, -1 if there is none.
func Find(certs []*x509.Certificate, public crypto.PublicKey) int {
	key, ok := public.(interface{ Equal(crypto.PublicKey) bool })
	for i, c := range certs {
		if ok && key.Equal(c.PublicKey) {
			return i
		}
	}
	return -1
}

// Sort puts certs[leaf] first and every issuer after what it issued; those that
// are no part of that chain follow in their old order.
func Sort(certs []*x509.Certificate, leaf int) []*x509.Certificate {
	rest := append([]*x509.Certificate{}, certs[:leaf]...)
	rest = append(rest, certs[leaf+1:]...)
	out := []*x509.Certificate{certs[leaf]}
	for len(rest) > 0 {
		next := issuerIn(rest, out[len(out)-1])
		if next < 0 {
			break
		}
		out = append(out, rest[next])
		rest = append(rest[:next], rest[next+1:]...)
	}
	return append(out, rest...)
}

func issuerIn(certs []*x509.Certificate, of *x509.Certificate) int {
	for i, c := range certs {
		if of.CheckSignatureFrom(c) == nil {
			return i
		}
	}
	return -1
}

// Parse reads the value of a certificate's secret.
func Parse(value, contentType string) (Bundle, error) {
	switch contentType {
	case TypePFX:
		return ParsePFX(value, "")
	case TypePEM:
		return ParsePEM(value, "")
	}
	return Bundle{}, fmt.Errorf("content type %q is not a certificate's", contentType)
}

// Encode is the inverse of Parse: it keeps the order of the certificates.
func Encode(b Bundle, contentType string) (string, error) {
	switch contentType {
	case TypePFX:
		return EncodePFX(b)
	case TypePEM:
		return EncodePEM(b)
	}
	return "", fmt.Errorf("content type %q is not a certificate's", contentType)
}

// EncodeCertificates writes the certificates alone: the secret of a key that
// cannot be exported. Parse refuses it.
func EncodeCertificates(certs []*x509.Certificate, contentType string) (string, error) {
	switch contentType {
	case TypePFX:
		return encodeTrustStore(certs)
	case TypePEM:
		return encodePEMCertificates(certs), nil
	}
	return "", fmt.Errorf("content type %q is not a certificate's", contentType)
}

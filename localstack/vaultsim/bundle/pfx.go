package bundle

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// ParsePFX reads a base64 PFX; password is empty for one that a vault wrote.
// The certificates keep the order of the file.
func ParsePFX(value, password string) (Bundle, error) {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return Bundle{}, fmt.Errorf("read PFX: %w", err)
	}
	any, first, others, err := pkcs12.DecodeChain(der, password)
	if err != nil {
		return Bundle{}, fmt.Errorf("read PFX: %w", err)
	}
	key, ok := any.(crypto.Signer)
	if !ok {
		return Bundle{}, fmt.Errorf("read PFX: a key of type %T cannot sign", any)
	}
	return Bundle{Key: key, Certificates: append([]*x509.Certificate{first}, others...)}, nil
}

// EncodePFX writes a base64 PFX without password, in the old form that the
// service writes: the key first, 3DES and SHA-1. The certificates keep their
// order; the key's one is marked.
func EncodePFX(b Bundle) (string, error) {
	leaf, err := b.Leaf()
	if err != nil {
		return "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(b.Key)
	if err != nil {
		return "", fmt.Errorf("write PFX: %w", err)
	}
	if pkcs8, err = withKeyUsage(pkcs8); err != nil {
		return "", fmt.Errorf("write PFX: %w", err)
	}
	shrouded, err := shroud(pkcs8, "")
	if err != nil {
		return "", fmt.Errorf("write PFX: %w", err)
	}
	return encodeParts(shrouded, b.Certificates, leaf, "")
}

func encodeTrustStore(certs []*x509.Certificate) (string, error) {
	return encodeParts(nil, certs, nil, "")
}

func encodeParts(key []byte, certs []*x509.Certificate, leaf *x509.Certificate, password string) (string, error) {
	der, err := writePFX(key, certs, leaf, password)
	if err != nil {
		return "", fmt.Errorf("write PFX: %w", err)
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

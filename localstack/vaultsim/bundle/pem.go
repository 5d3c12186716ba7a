package bundle

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

const (
	blockCertificate = "CERTIFICATE"
	blockPKCS8       = "PRIVATE KEY"
	blockEncrypted   = "ENCRYPTED PRIVATE KEY"
)

// ParsePEM reads certificates and one PKCS#8 key, which may be encrypted with
// the password. As the vault it refuses any other block (so "RSA PRIVATE KEY"
// and "EC PRIVATE KEY") and any text between the blocks.
func ParsePEM(text, password string) (Bundle, error) {
	var b Bundle
	var encrypted []byte
	rest := []byte(text)
	for len(bytes.TrimSpace(rest)) > 0 {
		if !bytes.HasPrefix(bytes.TrimSpace(rest), []byte("-----BEGIN ")) {
			return Bundle{}, errors.New("the PEM has text outside of its blocks")
		}
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return Bundle{}, errors.New("the PEM has a block that cannot be read")
		}
		switch block.Type {
		case blockCertificate:
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return Bundle{}, fmt.Errorf("read PEM certificate: %w", err)
			}
			b.Certificates = append(b.Certificates, c)
		case blockPKCS8:
			if b.Key != nil {
				return Bundle{}, errors.New("the PEM has more than one private key")
			}
			key, err := ParseKey(block.Bytes)
			if err != nil {
				return Bundle{}, err
			}
			b.Key = key
		case blockEncrypted:
			encrypted = block.Bytes
		default:
			return Bundle{}, fmt.Errorf("the PEM has a block %q: only certificates and a PKCS#8 key are read", block.Type)
		}
	}
	if encrypted != nil && b.Key == nil && len(b.Certificates) > 0 {
		return withEncryptedKey(encrypted, b.Certificates, password)
	}
	return b, b.complete()
}

// withEncryptedKey opens the key as part of a PFX, whose reader knows every
// usual encryption.
func withEncryptedKey(key []byte, certs []*x509.Certificate, password string) (Bundle, error) {
	pfx, err := encodeParts(key, certs, nil, password)
	if err != nil {
		return Bundle{}, err
	}
	b, err := ParsePFX(pfx, password)
	if err != nil {
		return Bundle{}, fmt.Errorf("open the encrypted key of the PEM: %w", err)
	}
	return b, nil
}

func (b Bundle) complete() error {
	if b.Key == nil {
		return errors.New("there is no private key")
	}
	if len(b.Certificates) == 0 {
		return errors.New("there is no certificate")
	}
	return nil
}

// EncodePEM writes the key, then the certificates.
func EncodePEM(b Bundle) (string, error) {
	key, err := EncodeKey(b.Key)
	if err != nil {
		return "", err
	}
	return key + encodePEMCertificates(b.Certificates), nil
}

func encodePEMCertificates(certs []*x509.Certificate) string {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: blockCertificate, Bytes: c.Raw})...)
	}
	return string(out)
}

// ParseKey reads a PKCS#8 key (DER).
func ParseKey(der []byte) (crypto.Signer, error) {
	any, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read PKCS#8 key: %w", err)
	}
	key, ok := any.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T cannot sign", any)
	}
	return key, nil
}

// EncodeKey writes a key as one PKCS#8 PEM block.
func EncodeKey(key crypto.Signer) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("write PKCS#8 key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: blockPKCS8, Bytes: der})), nil
}

// DecodeKey reads what EncodeKey wrote.
func DecodeKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != blockPKCS8 {
		return nil, errors.New("there is no PKCS#8 key block")
	}
	return ParseKey(block.Bytes)
}

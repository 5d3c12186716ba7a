package bundle

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
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

// EncodePFX writes a base64 PFX without password. The encoder that is used puts
// the key's certificate first and marks it with the key's id; afterwards the
// bags are put into the wanted order, so that the mark stays on the leaf.
func EncodePFX(b Bundle) (string, error) {
	leaf := Find(b.Certificates, b.Key.Public())
	if leaf < 0 {
		return "", ErrNoLeaf
	}
	others := append([]*x509.Certificate{}, b.Certificates[:leaf]...)
	others = append(others, b.Certificates[leaf+1:]...)
	der, err := pkcs12.Passwordless.Encode(b.Key, b.Certificates[leaf], others, "")
	if err != nil {
		return "", fmt.Errorf("write PFX: %w", err)
	}
	if der, err = moveFirstCertificate(der, leaf); err != nil {
		return "", fmt.Errorf("order PFX: %w", err)
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

func encodeTrustStore(certs []*x509.Certificate) (string, error) {
	der, err := pkcs12.Passwordless.EncodeTrustStore(certs, "")
	if err != nil {
		return "", fmt.Errorf("write PFX: %w", err)
	}
	return base64.StdEncoding.EncodeToString(der), nil
}

// The outer layers of a PFX that is neither encrypted nor authenticated
// (RFC 7292 section 4).
type pfxFile struct {
	Version int
	Safe    pfxContent
}

type pfxContent struct {
	Type asn1.ObjectIdentifier
	Data []byte `asn1:"explicit,tag:0"`
}

// moveFirstCertificate puts the first certificate bag at index to.
func moveFirstCertificate(der []byte, to int) ([]byte, error) {
	var file pfxFile
	if err := unmarshal(der, &file); err != nil {
		return nil, err
	}
	var contents []pfxContent
	if err := unmarshal(file.Safe.Data, &contents); err != nil {
		return nil, err
	}
	if len(contents) == 0 {
		return nil, errors.New("the PFX is empty")
	}
	var bags []asn1.RawValue
	if err := unmarshal(contents[0].Data, &bags); err != nil {
		return nil, err
	}
	if to >= len(bags) {
		return nil, fmt.Errorf("the PFX has %d certificates, not %d", len(bags), to+1)
	}
	moved := append([]asn1.RawValue{}, bags[1:to+1]...)
	moved = append(moved, bags[0])
	moved = append(moved, bags[to+1:]...)
	var err error
	if contents[0].Data, err = asn1.Marshal(moved); err != nil {
		return nil, err
	}
	if file.Safe.Data, err = asn1.Marshal(contents); err != nil {
		return nil, err
	}
	return asn1.Marshal(file)
}

func unmarshal(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		err = errors.New("trailing data")
	}
	return err
}

package armsim

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
)

// The object identifiers of PKCS#7 content (RFC 2315, 14).
var (
	oidData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional,tag:0"` // with its own tag
}

// signedData without signatures: a bag of certificates (RFC 2315, 9.1).
type signedData struct {
	Version      int
	Digests      []asn1.RawValue `asn1:"set"`
	Content      contentInfo
	Certificates asn1.RawValue
	Signers      []asn1.RawValue `asn1:"set"`
}

// publicCertData is what a gateway shows of an uploaded certificate.
func publicCertData(chain []*x509.Certificate) (string, error) {
	bag := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true}
	for _, cert := range chain {
		bag.Bytes = append(bag.Bytes, cert.Raw...)
	}
	inner, err := asn1.Marshal(signedData{Version: 1, Digests: []asn1.RawValue{}, Content: contentInfo{Type: oidData}, Certificates: bag, Signers: []asn1.RawValue{}})
	if err != nil {
		return "", fmt.Errorf("encode PKCS#7: %w", err)
	}
	content := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}
	outer, err := asn1.Marshal(contentInfo{Type: oidSignedData, Content: content})
	if err != nil {
		return "", fmt.Errorf("encode PKCS#7: %w", err)
	}
	return base64.StdEncoding.EncodeToString(outer), nil
}

package certimport

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
)

// unread is a certificate that the standard library does not parse: old roots
// with a negative serial number, say. It matters only if the chain needs it.
type unread struct {
	der             []byte
	issuer, subject []byte
	why             string
}

// unreadable recognises a certificate by its outline (RFC 5280 section 4.1).
func unreadable(der []byte, cause error) (unread, bool) {
	var outline struct {
		Body struct {
			Version   asn1.RawValue `asn1:"optional,tag:0"`
			Serial    asn1.RawValue
			Algorithm asn1.RawValue
			Issuer    asn1.RawValue
			Validity  asn1.RawValue
			Subject   asn1.RawValue
			Key       asn1.RawValue
		}
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	rest, err := asn1.Unmarshal(der, &outline)
	if err != nil || len(rest) > 0 || len(outline.Body.Subject.FullBytes) == 0 {
		return unread{}, false
	}
	return unread{der: der, issuer: outline.Body.Issuer.FullBytes, subject: outline.Body.Subject.FullBytes,
		why: shown(strings.TrimPrefix(cause.Error(), "x509: "))}, true
}

// String names it for people.
func (u unread) String() string {
	var rdn pkix.RDNSequence
	var name pkix.Name
	if _, err := asn1.Unmarshal(u.subject, &rdn); err == nil {
		name.FillFromRDNSequence(&rdn)
	}
	if name.CommonName == "" {
		return "without a common name"
	}
	return shown(name.CommonName)
}

// issued reports whether it is the intermediate that has issued the certificate:
// a root is not needed, clients have it.
func (u unread) issued(c *x509.Certificate) bool {
	return bytes.Equal(u.subject, c.RawIssuer) && !bytes.Equal(u.subject, u.issuer)
}

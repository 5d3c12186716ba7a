package pemtext

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
)

// Outline is what can be told of a certificate that the standard library does not
// parse, such as an old root with a negative serial number.
type Outline struct {
	Issuer, Subject []byte // DER
	CommonName      string // of the subject
}

// OutlineOf recognises a certificate by its structure (RFC 5280 section 4.1).
func OutlineOf(der []byte) (Outline, bool) {
	var c struct {
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
	rest, err := asn1.Unmarshal(der, &c)
	if err != nil || len(rest) > 0 || len(c.Body.Subject.FullBytes) == 0 {
		return Outline{}, false
	}
	o := Outline{Issuer: c.Body.Issuer.FullBytes, Subject: c.Body.Subject.FullBytes}
	var rdn pkix.RDNSequence
	if _, err := asn1.Unmarshal(o.Subject, &rdn); err == nil {
		var name pkix.Name
		name.FillFromRDNSequence(&rdn)
		o.CommonName = name.CommonName
	}
	return o, true
}

// Issued reports whether it is the intermediate that has issued a certificate with
// that issuer (DER). A root is not needed in a chain, clients have it.
func (o Outline) Issued(issuer []byte) bool {
	return bytes.Equal(o.Subject, issuer) && !bytes.Equal(o.Subject, o.Issuer)
}

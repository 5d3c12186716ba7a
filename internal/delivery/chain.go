package delivery

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
)

// chainFault says what is wrong with a served chain that begins with the right leaf, as
// the rest of a sentence; "" for nothing. Each certificate has to be followed by that of
// its issuer (RFC 5246 section 7.4.2; RFC 8446 section 4.4.2 forgives, many clients do
// not). The root may be left out. So a leaf alone is a chain too if a root has issued
// it; public authorities never do that, and every ACME authority that is known has an
// intermediate. Of an imported one it shows in the leaf: it names where its issuer's
// certificate is to be had.
func chainFault(chain [][]byte, imported bool) string {
	var parsed []*x509.Certificate
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return "with something in the chain that is no certificate."
		}
		parsed = append(parsed, c)
	}
	for i, c := range parsed[:len(parsed)-1] {
		if issuedBy(c, parsed[i+1]) {
			continue
		}
		if slices.ContainsFunc(parsed, func(o *x509.Certificate) bool { return o != c && issuedBy(c, o) }) {
			return fmt.Sprintf("its chain is out of order: the certificate of %s does not follow the one that it has issued.", c.Issuer)
		}
		return fmt.Sprintf("an intermediate certificate is missing in its chain: that of %s.", c.Issuer)
	}
	leaf := parsed[0]
	selfSigned := bytes.Equal(leaf.RawIssuer, leaf.RawSubject)
	if len(parsed) == 1 && !selfSigned && (!imported || len(leaf.IssuingCertificateURL) > 0) {
		return fmt.Sprintf("the intermediate certificate is missing: that of %s. Clients that do not know it refuse the connection.", leaf.Issuer)
	}
	return ""
}

func issuedBy(c, issuer *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, issuer.RawSubject) && c.CheckSignatureFrom(issuer) == nil
}

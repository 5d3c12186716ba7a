package managed

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
)

// Take copies the facts of a version of the certificate into the record: its name and
// version in the vault, its versionless secret id and its leaf (DER). What was known
// of an older version's renewal goes.
func (r *Record) Take(name, version, secretID string, der []byte) error {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("parse the leaf of certificate %s: %w", name, err)
	}
	r.Name, r.Version, r.SecretID = name, version, secretID
	if thumbprint := SHA1Thumbprint(der); !strings.EqualFold(thumbprint, r.Thumbprint) {
		r.Before, r.Thumbprint = r.Thumbprint, thumbprint
	}
	r.Issuer, r.KeyType = IssuerName(leaf), KeyTypeName(leaf)
	r.NotBefore, r.NotAfter = leaf.NotBefore, leaf.NotAfter
	// Without an authority key identifier there is no id; the lifetime decides.
	r.CertID, _ = CertID(leaf)
	r.Window, r.Failures, r.Problem, r.Revoked, r.NotInstalled = nil, 0, nil, false, false
	r.Directory, r.Profile = "", ""
	return nil
}

// IssuerName is "Let's Encrypt R11": an authority's certificates often have
// nothing but a number in their common name.
func IssuerName(leaf *x509.Certificate) string {
	common, organization := leaf.Issuer.CommonName, strings.Join(leaf.Issuer.Organization, ", ")
	if organization == "" || strings.Contains(strings.ToLower(common), strings.ToLower(organization)) {
		return common
	}
	return strings.TrimSpace(organization + " " + common)
}

// KeyType is the kind of a leaf's key (DER), as CertificateKeyType names it: RSA-2048,
// EC-P256. "" if it cannot be read.
func KeyType(leaf []byte) string {
	c, err := x509.ParseCertificate(leaf)
	if err != nil {
		return ""
	}
	return KeyTypeName(c)
}

// KeyTypeName is written as the setting for new keys is.
func KeyTypeName(leaf *x509.Certificate) string {
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA-%d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "EC-" + strings.ReplaceAll(key.Params().Name, "-", "")
	}
	return leaf.PublicKeyAlgorithm.String()
}

// SHA1Thumbprint is how Azure names a certificate (DER): upper-case hexadecimal
// SHA-1. It identifies and proves nothing.
func SHA1Thumbprint(leaf []byte) string {
	sum := sha1.Sum(leaf)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

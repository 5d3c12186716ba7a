package keyvault

import (
	"crypto/x509"
	"slices"
	"strings"
)

// sameHostnames reports whether the CSR asks for exactly these hostnames, in
// any order. A CSR without alternative names asks for its common name.
func sameHostnames(csr *x509.CertificateRequest, hostnames []string) bool {
	asked := csr.DNSNames
	if len(asked) == 0 && csr.Subject.CommonName != "" {
		asked = []string{csr.Subject.CommonName}
	}
	return slices.Equal(canonical(asked), canonical(hostnames))
}

// fits reports whether a CSR for the right hostnames is as a new one would be:
// wanted key, and no common name that the CA would take for one more hostname.
func fits(csr *x509.CertificateRequest, hostnames []string, keys keySpec) bool {
	spec, ok := specOf(csr.PublicKey)
	if !ok || spec != keys || len(csr.DNSNames) == 0 {
		return false
	}
	name := csr.Subject.CommonName
	return name == "" || slices.Contains(canonical(hostnames), strings.ToLower(name))
}

// hasKeyOf reports whether a CSR has the key of a certificate (DER).
func hasKeyOf(csr *x509.CertificateRequest, leaf []byte) bool {
	c, err := x509.ParseCertificate(leaf)
	return err == nil && sameKey(csr.PublicKey, c.PublicKey)
}

// canonical is the set of names as a sorted list without duplicates.
func canonical(names []string) []string {
	out := make([]string, 0, len(names))
	for _, name := range names {
		out = append(out, strings.ToLower(name))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

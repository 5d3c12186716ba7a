package renewal

import (
	"crypto/x509"
	"slices"
	"strings"

	"certgate/internal/issuance"
)

// AllHostnames are the certificate's. The vault's tag has as many as fit into it, the first
// ones; if some do not, the leaf (DER) has them all. What the leaf has beyond that was added
// by the authority: nobody asked for it.
func (c Certificate) AllHostnames(leaf []byte) []string {
	cert, err := x509.ParseCertificate(leaf)
	if err != nil {
		return c.Hostnames
	}
	var others []string
	longest := 0
	for _, name := range cert.DNSNames {
		if !slices.ContainsFunc(c.Hostnames, func(h string) bool { return strings.EqualFold(h, name) }) {
			others, longest = append(others, name), max(longest, len(name))
		}
	}
	if room := issuance.LongestTag - len(strings.Join(c.Hostnames, ",")) - len(","); longest <= room {
		return c.Hostnames
	}
	return slices.Concat(c.Hostnames, others)
}

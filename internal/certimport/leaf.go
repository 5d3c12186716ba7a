package certimport

import (
	"crypto/x509"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxShown bounds how many names of a certificate a sentence lists, and how many
// characters of each.
const maxShown = 8

// checkLeaf looks at the certificate itself: a server may use it, for this
// hostname, now.
func checkLeaf(leaf *x509.Certificate, hostname string, now time.Time) error {
	switch {
	case leaf.IsCA:
		return refuse(CertificateNotForServers, "Send the server's own certificate with its key; the authority's belongs below it.",
			"The private key belongs to the certificate of a certificate authority (%s).", describe(leaf))
	case !servers(leaf):
		return refuse(CertificateNotForServers, "Send a certificate for TLS servers.",
			"The certificate %s is not for TLS servers: its extended key usage leaves server authentication out.", describe(leaf))
	case len(leaf.DNSNames) == 0:
		return refuse(HostNotCovered, "Have the certificate issued with the hostname as a subject alternative name.",
			"The certificate names no hostname: it has no DNS name among its subject alternative names, and clients look nowhere else.")
	case leaf.VerifyHostname(hostname) != nil:
		return refuse(HostNotCovered, "Send a certificate that names the hostname, or import this one for a hostname that it names.",
			"The certificate does not cover %s. It covers %s.", hostname, names(leaf))
	case now.After(leaf.NotAfter):
		return refuse(CertificateExpired, "Send a certificate that is valid now.", "The certificate for %s expired on %s.", describe(leaf), day(leaf.NotAfter))
	case now.Before(leaf.NotBefore):
		return refuse(CertificateNotYetValid, "Import it once it is valid.", "The certificate for %s is valid only from %s.", describe(leaf), day(leaf.NotBefore))
	}
	return nil
}

// servers reads the extended key usage (RFC 5280 section 4.2.1.12); without that
// extension a certificate is for everything.
func servers(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

func names(c *x509.Certificate) string {
	var list []string
	for _, name := range c.DNSNames[:min(len(c.DNSNames), maxShown)] {
		list = append(list, shown(name))
	}
	text := strings.Join(list, ", ")
	if more := len(c.DNSNames) - len(list); more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}

// describe names a certificate for people.
func describe(c *x509.Certificate) string {
	switch {
	case c.Subject.CommonName != "":
		return shown(c.Subject.CommonName)
	case len(c.DNSNames) > 0:
		return shown(c.DNSNames[0])
	}
	return "serial number " + c.SerialNumber.Text(16)
}

// shown makes text of a stranger's certificate fit into a sentence.
func shown(text string) string {
	text = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > 10*maxShown {
		return string(runes[:10*maxShown]) + "…"
	}
	return text
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

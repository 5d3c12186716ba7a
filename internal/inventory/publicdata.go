package inventory

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/smallstep/pkcs7"
)

// maxPublicData bounds what a document shows of one certificate, decoded: a chain has
// some kilobytes.
const maxPublicData = 64 << 10

var errPublicData = errors.New("what the gateway shows of the certificate cannot be read")

// ReadPublicData reads a certificate as the gateway's document shows it: in base64 a
// PKCS#7 with a chain in any order, one bare certificate (DER), as old gateways have
// it, or PEM, as people upload the certificates of authorities. It has one certificate at least.
func ReadPublicData(text string) (chain []*x509.Certificate, err error) {
	if len(text) > base64.StdEncoding.EncodedLen(maxPublicData) {
		return nil, fmt.Errorf("%w: it is longer than 64 KiB", errPublicData)
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPublicData, err)
	}
	if chain, ok := readPEM(der); ok {
		return chain, nil
	}
	if leaf, err := x509.ParseCertificate(der); err == nil {
		return []*x509.Certificate{leaf}, nil
	}
	bag, err := pkcs7.Parse(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errPublicData, err)
	}
	if len(bag.Certificates) == 0 {
		return nil, fmt.Errorf("%w: it has no certificate", errPublicData)
	}
	return bag.Certificates, nil
}

// readPEM reads the certificates of a PEM text.
func readPEM(text []byte) (chain []*x509.Certificate, ok bool) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			chain = append(chain, c)
		}
	}
	return chain, len(chain) > 0
}

// LeafOf picks the leaf of a chain in any order: one that signed none of the others,
// and of several the one that is for a hostname.
func LeafOf(chain []*x509.Certificate, hostnames []string) *x509.Certificate {
	var leaf *x509.Certificate
	for _, c := range chain {
		issues := false
		for _, other := range chain {
			issues = issues || !other.Equal(c) && bytes.Equal(other.RawIssuer, c.RawSubject)
		}
		if issues {
			continue
		}
		if leaf == nil || len(hostnames) > 0 && covers(c, hostnames[0]) && !covers(leaf, hostnames[0]) {
			leaf = c
		}
	}
	if leaf == nil && len(chain) > 0 {
		return chain[0] // they signed each other
	}
	return leaf
}

// covers reports whether a certificate is good for a hostname of a listener. The
// gateway's "*.example.com" needs the same name in the certificate; for its other
// patterns, such as "shop?.example.com", no certificate has a name, so nothing is said.
func covers(c *x509.Certificate, hostname string) bool {
	hostname = strings.ToLower(hostname)
	base, wildcard := strings.CutPrefix(hostname, "*.")
	switch {
	case strings.ContainsAny(base, "*?"):
		return true
	case !wildcard:
		return c.VerifyHostname(hostname) == nil
	}
	for _, name := range c.DNSNames {
		if strings.EqualFold(name, hostname) {
			return true
		}
	}
	return false
}

// CoversAll reports whether a certificate is for all of a listener's hostnames.
func CoversAll(c *x509.Certificate, hostnames []string) bool {
	return len(uncovered(c, hostnames)) == 0
}

// uncovered lists the hostnames that a certificate is not for.
func uncovered(c *x509.Certificate, hostnames []string) (names []string) {
	for _, h := range hostnames {
		if !covers(c, h) {
			names = append(names, h)
		}
	}
	return names
}

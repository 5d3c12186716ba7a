package managed

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
)

// Shown says which certificate a leaf is that the gateway served (DER). newest is the
// leaf of the vault's newest version, nil if there is none. A leaf is that of an
// older version if the record knows its thumbprint, or if it is older and of just
// these hostnames: a gateway serves its first listener's certificate for names that it
// does not know, and a wildcard there covers a hostname without being its own.
func (r *Record) Shown(leaf, newest []byte) Served {
	thumbprint := SHA1Thumbprint(leaf)
	if strings.EqualFold(thumbprint, r.Thumbprint) || newest != nil && bytes.Equal(newest, leaf) {
		return ServedCurrent
	}
	if r.Before != "" && strings.EqualFold(thumbprint, r.Before) {
		return ServedPrevious
	}
	shown, err := x509.ParseCertificate(leaf)
	if err == nil && sameNames(shown.DNSNames, r.Hostnames) && shown.NotBefore.Before(r.NotBefore) {
		return ServedPrevious
	}
	return ServedOther
}

func sameNames(a, b []string) bool {
	sorted := func(names []string) []string {
		out := make([]string, 0, len(names))
		for _, n := range names {
			out = append(out, strings.ToLower(n))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return slices.Equal(sorted(a), sorted(b))
}

package certimport

import (
	"crypto/x509"
	"strings"

	"certgate/internal/pemtext"
)

// unread is a certificate that the standard library does not parse. It matters
// only if the chain needs it.
type unread struct {
	der     []byte
	outline pemtext.Outline
	why     string
}

func unreadable(der []byte, cause error) (unread, bool) {
	outline, ok := pemtext.OutlineOf(der)
	return unread{der: der, outline: outline, why: shown(strings.TrimPrefix(cause.Error(), "x509: "))}, ok
}

// String names it for people.
func (u unread) String() string {
	if u.outline.CommonName == "" {
		return "without a common name"
	}
	return shown(u.outline.CommonName)
}

func (u unread) issued(c *x509.Certificate) bool { return u.outline.Issued(c.RawIssuer) }

package issuance

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// errForeignKey says that a leaf was made for another key than the CSR's.
var errForeignKey = errors.New("its key is not the one in the vault")

// checkChain looks at what a CA issued before it replaces anything: the key is
// the CSR's, the names are ours, it is valid now, and each certificate is signed
// by the next.
func checkChain(chain [][]byte, csr []byte, hostname string, now time.Time) error {
	certs := make([]*x509.Certificate, 0, len(chain))
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("it is not a certificate: %w", err)
		}
		certs = append(certs, c)
	}
	if len(certs) == 0 {
		return errors.New("the chain is empty")
	}
	request, err := x509.ParseCertificateRequest(csr)
	if err != nil {
		return fmt.Errorf("the certificate signing request is not readable: %w", err)
	}
	leaf := certs[0]
	if !bytes.Equal(leaf.RawSubjectPublicKeyInfo, request.RawSubjectPublicKeyInfo) {
		return errForeignKey
	}
	if err := leaf.VerifyHostname(hostname); err != nil {
		return fmt.Errorf("it does not name %s", hostname)
	}
	if now.After(leaf.NotAfter) {
		return fmt.Errorf("it expired at %s", leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	for i := 0; i+1 < len(certs); i++ {
		if err := certs[i].CheckSignatureFrom(certs[i+1]); err != nil {
			return fmt.Errorf("certificate %d of its chain is not signed by the next", i+1)
		}
	}
	return nil
}

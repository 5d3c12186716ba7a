package issuance

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// errForeignKey says that a leaf was made for another key than the CSR's.
var errForeignKey = errors.New("its key is not the one in the vault")

// checkChain looks at what a CA issued before it replaces anything: the key is
// the CSR's, the names are ours, it is valid now, each certificate is signed by the
// next, and a gateway takes so much.
func checkChain(chain [][]byte, csr []byte, hostnames []string, now time.Time) error {
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
	var missing []string
	for _, name := range hostnames {
		if leaf.VerifyHostname(name) != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("it does not name %s", strings.Join(missing, ", "))
	}
	if now.After(leaf.NotAfter) {
		return fmt.Errorf("it expired at %s", leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	for i := 0; i+1 < len(certs); i++ {
		if err := certs[i].CheckSignatureFrom(certs[i+1]); err != nil {
			return fmt.Errorf("certificate %d of its chain is not signed by the next", i+1)
		}
	}
	if size := sizeAsPFX(certs); size > maxPFX {
		return fmt.Errorf("with its chain and key it has some %d bytes as a PFX, and Application Gateway takes %d", size, maxPFX)
	}
	return nil
}

// maxPFX is the largest PFX that a v2 gateway takes, in bytes (limits of Azure
// subscriptions, Application Gateway).
const maxPFX = 16 << 10

// sizeAsPFX is about what a PFX of the chain and its key takes. The key never leaves
// the vault, so its size follows from its kind (RFC 8017 appendix A.1.2, RFC 5915).
func sizeAsPFX(chain []*x509.Certificate) int {
	size := 400 // what stands around all of it
	for _, c := range chain {
		size += len(c.Raw) + 50
	}
	if key, ok := chain[0].PublicKey.(*rsa.PublicKey); ok {
		return size + key.Size()*9/2 + 80 // n, d, and five of half their length
	}
	return size + len(chain[0].RawSubjectPublicKeyInfo)*2
}

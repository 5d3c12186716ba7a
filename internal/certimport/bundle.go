package certimport

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Bundle is a private key with its certificate and chain, checked. The key is not
// exported, so that no print and no encoder shows it; PFX is the way to it.
type Bundle struct {
	// Chain is the leaf, then each one's issuer as far as the upload had them.
	Chain []*x509.Certificate
	// Warnings are sentences about what is taken and still should be put right.
	Warnings []string
	key      crypto.Signer
}

// Parse reads what a person sent for a hostname, which must have been checked
// (an A-label, or "*." before one). See the package comment for the forms. now
// decides about expiry. Every error is an *Error.
func Parse(hostname, certificate, privateKey, password string, now time.Time) (Bundle, error) {
	u, err := readUpload(certificate, privateKey, password)
	if err != nil {
		return Bundle{}, err
	}
	key := u.keys[0]
	leaf, err := u.leafOf(key.Public(), hostname)
	if err != nil {
		return Bundle{}, err
	}
	if err := checkLeaf(leaf, hostname, now); err != nil {
		return Bundle{}, err
	}
	chain, err := u.chainOf(leaf, now)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{Chain: chain, Warnings: warnings(chain), key: key}
	if err := b.checkSize(); err != nil {
		return Bundle{}, err
	}
	return b, nil
}

// gatewayPFX is the largest PFX that a v2 gateway takes, in bytes (limits of Azure
// subscriptions, Application Gateway).
const gatewayPFX = 16 << 10

// checkSize refuses what the gateway would refuse once it is in the vault. Key Vault
// writes a PFX of its own for the gateway, of much the same size.
func (b Bundle) checkSize() error {
	pfx, _, err := b.PFX()
	if err == nil && len(pfx) > gatewayPFX {
		return refuse(CertificateTooLarge, "Leave out certificates that clients have, such as the root, or use a certificate with fewer hostnames.",
			"The certificate with its chain and key has %d bytes as a PFX; Application Gateway takes %d.", len(pfx), gatewayPFX)
	}
	return nil
}

// Leaf is the certificate of the key.
func (b Bundle) Leaf() *x509.Certificate { return b.Chain[0] }

// PFX writes the bundle for Key Vault, under a password made for this one file.
// The encryption is the old one (triple DES) because every reader takes it; what
// protects the key on its way is TLS.
func (b Bundle) PFX() (pfx []byte, password string, err error) {
	if len(b.Chain) == 0 {
		return nil, "", errors.New("write PFX: the bundle is empty")
	}
	secret := make([]byte, 16)
	rand.Read(secret) // never fails: crypto/rand crashes the process instead
	password = hex.EncodeToString(secret)
	pfx, err = pkcs12.LegacyDES.Encode(b.key, b.Chain[0], b.Chain[1:], password)
	if err != nil {
		return nil, "", fmt.Errorf("write PFX: %w", err)
	}
	return pfx, password, nil
}

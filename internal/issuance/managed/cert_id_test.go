package managed_test

import (
	"crypto/x509"
	"math/big"
	"testing"

	"certgate/internal/issuance/managed"
)

// The example of RFC 9773 section 4.1.
func TestCertIDIsTheOneOfTheRFC(t *testing.T) {
	t.Parallel()
	leaf := &x509.Certificate{
		AuthorityKeyId: []byte{0x69, 0x88, 0x5B, 0x6B, 0x87, 0x46, 0x40, 0x41, 0xE1, 0xB3, 0x7B, 0x84, 0x7B, 0xA0, 0xAE, 0x2C, 0xDE, 0x01, 0xC8, 0xD4},
		SerialNumber:   big.NewInt(0x87654321),
	}
	if id, err := managed.CertID(leaf); err != nil || id != "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE" {
		t.Errorf("got %s, %v", id, err)
	}
}

package issuance

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// RenewalInfo is an authority's say in when its certificates are renewed (RFC
// 9773, "ARI").
type RenewalInfo interface {
	// RenewalInfo asks when to renew the certificate with this id (CertID). The
	// next look is due after again, between a minute and a day, also with
	// ErrNoRenewalInfo. Any other error says that the authority did not answer.
	RenewalInfo(ctx context.Context, certID string) (window RenewalWindow, again time.Duration, err error)
}

// ErrNoRenewalInfo says that the authority has nothing usable to say about a
// certificate: it does not offer renewal information, does not know the
// certificate, or suggests an impossible window. The lifetime decides then.
var ErrNoRenewalInfo = errors.New("no renewal information")

// CertID names a certificate to its authority (RFC 9773 section 4.1), in
// renewal information and as OrderRequest.Replaces.
func CertID(leaf *x509.Certificate) (string, error) {
	if len(leaf.AuthorityKeyId) == 0 {
		return "", fmt.Errorf("%w: certificate %x has no authority key identifier", ErrNoRenewalInfo, leaf.SerialNumber)
	}
	der, err := asn1.Marshal(leaf.SerialNumber)
	if err != nil {
		return "", fmt.Errorf("encode serial number: %w", err)
	}
	var serial asn1.RawValue
	if _, err := asn1.Unmarshal(der, &serial); err != nil {
		return "", fmt.Errorf("encode serial number: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(leaf.AuthorityKeyId) + "." + encode(serial.Bytes), nil
}

package issuance

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// Newest reads the newest version of a certificate from the vault. ErrGone if there is
// none.
type Newest interface {
	Certificate(ctx context.Context, name string) (VaultCertificate, error)
}

// Shown says which certificate a leaf is that the gateway served (DER), by what the
// record knows: the one comparison of whoever looks at a gateway. The vault is asked
// only where the record does not explain the leaf: a newer version may have come there
// by other means. vault may be nil.
func Shown(ctx context.Context, vault Newest, r *managed.Record, leaf []byte) (managed.Served, error) {
	seen := r.Shown(leaf, nil)
	if seen == managed.ServedCurrent || vault == nil {
		return seen, nil
	}
	newest, err := vault.Certificate(ctx, r.Name)
	if err != nil && !errors.Is(err, ErrGone) {
		return "", err
	}
	return r.Shown(leaf, newest.Leaf), nil
}

// toBe is the record of the certificate that the flow has put in place, with what the
// stored one knows of the version before.
func (s *State) toBe(ctx context.Context, records managed.Records) (*managed.Record, error) {
	r := &managed.Record{}
	switch stored, err := records.Record(ctx, s.Certificate.Name); {
	case err == nil:
		known := *stored
		r = &known
	case !errors.Is(err, durable.ErrNotFound) && !durable.Unreadable(err):
		return nil, err
	}
	r.Hostnames = s.names()
	return r, r.Take(s.Certificate.Name, s.Certificate.Version, s.Certificate.SecretID, s.Certificate.Leaf)
}

// covers reports whether a leaf (DER) is for the hostname, and when it expires.
func covers(leaf []byte, hostname string) (ok bool, until time.Time) {
	c, err := x509.ParseCertificate(leaf)
	if err != nil || c.VerifyHostname(hostname) != nil {
		return false, time.Time{}
	}
	return true, c.NotAfter
}

// exactly reports whether a leaf (DER) is for these hostnames and no other, and when it
// expires.
func exactly(leaf []byte, hostnames []string) (ok bool, until time.Time) {
	c, err := x509.ParseCertificate(leaf)
	if err != nil || !slices.Equal(slices.Sorted(slices.Values(c.DNSNames)), slices.Sorted(slices.Values(hostnames))) {
		return false, time.Time{}
	}
	return true, c.NotAfter
}

package keyvault

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/internal/issuance"
)

// OurTags are the tags of a certificate that certgate takes over as it is, in place of
// these: ours, without those by which another tool renews it. fits is false if they are
// more than a certificate can have.
func (v *Vault) OurTags(tags map[string]string, hostnames []string) (ours map[string]string, fits bool) {
	all, leftOut := v.tagsFor(issuance.CertificateRequest{Hostnames: hostnames}, tags, false)
	return values(all), len(leftOut) == 0
}

// AtWork reports whether somebody makes a new version of a certificate just now.
func (v *Vault) AtWork(ctx context.Context, name string) (bool, error) {
	_, err := v.pending(ctx, name)
	if errors.Is(err, issuance.ErrGone) {
		return false, nil
	}
	return err == nil, err
}

// SetTags puts tags in place of those of a version; twice is once. issuance.ErrGone if
// there is no such version.
func (v *Vault) SetTags(ctx context.Context, name, version string, tags map[string]string) error {
	if !validName(name) || !validName(version) {
		return fmt.Errorf("certificate %q: %w", name, issuance.ErrGone)
	}
	_, err := v.certificates.UpdateCertificate(ctx, name, version, azcertificates.UpdateCertificateParameters{Tags: pointers(tags)}, nil)
	if isStatus(err, http.StatusNotFound) {
		return fmt.Errorf("certificate %s: %w", name, issuance.ErrGone)
	}
	return v.failure("tag", certificateObject(name), err)
}

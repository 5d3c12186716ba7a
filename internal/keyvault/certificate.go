package keyvault

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/internal/issuance"
	"certgate/internal/secretid"
)

// Certificate reads the newest version. issuance.ErrGone if there is none: the
// name is unknown, deleted, or its first version is still pending.
func (v *Vault) Certificate(ctx context.Context, name string) (issuance.VaultCertificate, error) {
	return v.Version(ctx, name, "")
}

// Version reads one version, the newest if version is "". issuance.ErrGone if
// there is none. One that is disabled can be read too: it is the key that cannot.
func (v *Vault) Version(ctx context.Context, name, version string) (issuance.VaultCertificate, error) {
	cert, err := v.read(ctx, name, version)
	if err != nil {
		return issuance.VaultCertificate{}, err
	}
	if len(cert.Leaf) == 0 {
		return issuance.VaultCertificate{}, fmt.Errorf("certificate %s has no finished version: %w", name, issuance.ErrGone)
	}
	return cert, nil
}

// Disable switches the newest version off: nobody can read its key any more
// until somebody enables it. Doing it again changes nothing. issuance.ErrGone
// if there is no such certificate.
func (v *Vault) Disable(ctx context.Context, name string) error {
	if !validName(name) {
		return fmt.Errorf("certificate %q: %w", name, issuance.ErrGone)
	}
	// Tags are left out of the request, which keeps them.
	_, err := v.certificates.UpdateCertificate(ctx, name, "", azcertificates.UpdateCertificateParameters{
		CertificateAttributes: &azcertificates.CertificateAttributes{Enabled: to.Ptr(false)},
	}, nil)
	if isStatus(err, http.StatusNotFound) {
		return fmt.Errorf("disable certificate %s: %w", name, issuance.ErrGone)
	}
	return v.failure("disable", certificateObject(name), err)
}

// current reads the newest version as it is, perhaps still without a leaf.
func (v *Vault) current(ctx context.Context, name string) (issuance.VaultCertificate, error) {
	return v.read(ctx, name, "")
}

func (v *Vault) read(ctx context.Context, name, version string) (issuance.VaultCertificate, error) {
	if !validName(name) || version != "" && !validName(version) {
		return issuance.VaultCertificate{}, fmt.Errorf("certificate %q: %w", name, issuance.ErrGone)
	}
	reply, err := v.certificates.GetCertificate(ctx, name, version, nil)
	if isStatus(err, http.StatusNotFound) {
		return issuance.VaultCertificate{}, fmt.Errorf("certificate %s: %w", name, issuance.ErrGone)
	}
	if err != nil {
		return issuance.VaultCertificate{}, v.failure("read", certificateObject(name), err)
	}
	return v.describe(name, reply.Certificate), nil
}

// describe turns the service's answer about name into ours.
func (v *Vault) describe(name string, c azcertificates.Certificate) issuance.VaultCertificate {
	out := issuance.VaultCertificate{Name: name, Leaf: c.CER, Tags: values(c.Tags), SecretID: v.secretID(name)}
	if _, version, ok := parseID(c.ID); ok {
		out.Version = version
	}
	if c.SID != nil {
		if secret, ok := secretid.Parse(string(*c.SID)); ok {
			out.SecretID = secret.Versionless()
		}
	}
	if a := c.Attributes; a != nil {
		out.Enabled = a.Enabled != nil && *a.Enabled
		if a.NotBefore != nil {
			out.NotBefore = *a.NotBefore
		}
		if a.Expires != nil {
			out.NotAfter = *a.Expires
		}
	}
	// What clients will check counts, not the vault's copy of it.
	if leaf, err := x509.ParseCertificate(c.CER); err == nil {
		out.NotBefore, out.NotAfter = leaf.NotBefore, leaf.NotAfter
	}
	return out
}

// parseID splits https://VAULT/certificates/NAME[/VERSION]. The SDK's ID.Name
// panics on an identifier that is missing or not a URL, and the service's own
// examples have such identifiers.
func parseID(id *azcertificates.ID) (name, version string, ok bool) {
	if id == nil {
		return "", "", false
	}
	u, err := url.Parse(string(*id))
	if err != nil {
		return "", "", false
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 || len(parts) > 3 || parts[1] == "" {
		return "", "", false
	}
	if len(parts) == 3 {
		version = parts[2]
	}
	return parts[1], version, true
}

// secretID is the versionless id of a certificate's secret, which is what a
// gateway refers to.
func (v *Vault) secretID(name string) string { return v.baseURL + "/secrets/" + name }

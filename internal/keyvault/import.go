package keyvault

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/issuance"
)

// Import stores an uploaded key with its certificate and chain (a PFX) as a new
// version. If the current version has this very leaf already, and is enabled,
// that version is returned and nothing is changed. issuance.ErrNameTaken if the name belongs to
// other hostnames.
func (v *Vault) Import(ctx context.Context, r issuance.CertificateRequest, pfx []byte, password string) (issuance.VaultCertificate, error) {
	if err := checkRequest(r); err != nil {
		return issuance.VaultCertificate{}, err
	}
	_, leaf, _, err := pkcs12.DecodeChain(pfx, password)
	if err != nil {
		return issuance.VaultCertificate{}, fmt.Errorf("import certificate %s: decode PFX: %w", r.Name, err)
	}
	keys, ok := specOf(leaf.PublicKey)
	if !ok {
		return issuance.VaultCertificate{}, fmt.Errorf("import certificate %s: key vault does not hold %T keys", r.Name, leaf.PublicKey)
	}
	current, _, err := v.ours(ctx, r)
	if err != nil {
		return issuance.VaultCertificate{}, err
	}
	if bytes.Equal(current.Leaf, leaf.Raw) && current.Enabled {
		return current, nil
	}

	tags, leftOut := v.tagsFor(r, current.Tags, true)
	value := base64.StdEncoding.EncodeToString(pfx)
	p := azcertificates.ImportCertificateParameters{
		Base64EncodedCertificate: &value,
		CertificatePolicy:        ourPolicy(keys),
		Tags:                     tags,
	}
	if password != "" {
		p.Password = &password
	}
	reply, err := v.certificates.ImportCertificate(ctx, r.Name, p, nil)
	if err != nil {
		return issuance.VaultCertificate{}, v.beside(ctx, r.Name, err)
	}
	cert := v.describe(r.Name, reply.Certificate)
	cert.TagsLeftOut = leftOut
	return cert, nil
}

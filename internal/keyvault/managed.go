package keyvault

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"certgate/internal/issuance"
)

var _ issuance.ManagedVault = (*Vault)(nil)

// Managed implements issuance.ManagedVault.
func (v *Vault) Managed(ctx context.Context) iter.Seq2[issuance.ManagedCertificate, error] {
	return func(yield func(issuance.ManagedCertificate, error) bool) {
		for s, err := range v.List(ctx) {
			if err != nil {
				yield(issuance.ManagedCertificate{}, err)
				return
			}
			if s.Hostname() == "" {
				continue
			}
			ok := yield(issuance.ManagedCertificate{
				Name: s.Name, SecretID: v.secretID(s.Name), Hostnames: hostnamesOf(s.Tags), Thumbprint: fmt.Sprintf("%X", s.Thumbprint),
				Imported: s.Imported(), Enabled: s.Enabled, Marked: isOurs(s.Tags),
			}, nil)
			if !ok {
				return
			}
		}
	}
}

// Owns implements issuance.ManagedVault.
func (v *Vault) Owns(c issuance.VaultCertificate) bool { return isOurs(c.Tags) }

// isOurs goes by both tags: other tools too write a hostname on a certificate.
func isOurs(tags map[string]string) bool {
	return tags[TagManagedBy] == managedBy && tags[TagHostname] != ""
}

// hostnamesOf is the opposite of tagsFor: the first hostname, then the others.
func hostnamesOf(tags map[string]string) []string {
	names := []string{tags[TagHostname]}
	for _, name := range strings.Split(tags[TagHostnames], ",") {
		if name = strings.TrimSpace(name); name != "" && !strings.EqualFold(name, names[0]) {
			names = append(names, name)
		}
	}
	return names
}

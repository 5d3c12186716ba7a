package keyvault

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"certgate/internal/issuance"
	"certgate/internal/issuance/renewal"
)

var _ renewal.Vault = (*Vault)(nil)

// Managed implements renewal.Vault.
func (v *Vault) Managed(ctx context.Context) iter.Seq2[renewal.Certificate, error] {
	return func(yield func(renewal.Certificate, error) bool) {
		for s, err := range v.List(ctx) {
			if err != nil {
				yield(renewal.Certificate{}, err)
				return
			}
			if s.Hostname() == "" {
				continue
			}
			ok := yield(renewal.Certificate{
				Name: s.Name, SecretID: v.secretID(s.Name), Hostnames: hostnamesOf(s.Tags), Thumbprint: fmt.Sprintf("%X", s.Thumbprint),
				Imported: s.Imported(), Enabled: s.Enabled, Marked: isOurs(s.Tags),
			}, nil)
			if !ok {
				return
			}
		}
	}
}

// Owns implements renewal.Vault.
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

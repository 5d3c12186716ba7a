package preflight

import (
	"context"
	"errors"
	"strings"
	"time"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/keyvault"
)

// Existing is the certificate that a hostname has in the vault.
type Existing struct {
	Name     string    `json:"name"`
	NotAfter time.Time `json:"notAfter"`
}

// inVault tells whether there is a certificate already. Neither is wrong.
func inVault() check {
	return check{
		name: "managed", title: "Certificate", group: groupHostname,
		fix: `Give the app's identity the role "Key Vault Certificates Officer" on the vault, and check the vault's firewall.`,
		run: func(_ context.Context, f *facts) verdict {
			switch found, err := f.existing(); {
			case err != nil:
				return because(err)
			case found == nil:
				return pass("There is no certificate for %s yet.", f.hostname)
			default:
				return pass("There is a certificate for %s in the vault, valid until %s; a request makes a new version of it.", f.hostname, found.NotAfter.Format(time.DateOnly))
			}
		},
	}
}

// existingOf reads it: under one of two names, if two hostnames meet in the first.
// Nil if there is none.
func existingOf(ctx context.Context, vault Vault, host string) (*Existing, error) {
	for _, name := range []string{hostname.CertificateName(host), hostname.Disambiguated(host)} {
		c, err := vault.Certificate(ctx, name)
		switch {
		case errors.Is(err, issuance.ErrGone):
			continue
		case err != nil:
			return nil, err
		case strings.EqualFold(c.Tags[keyvault.TagHostname], host):
			return &Existing{Name: name, NotAfter: c.NotAfter.UTC()}, nil
		}
	}
	return nil, nil
}

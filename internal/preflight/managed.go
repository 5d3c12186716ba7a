package preflight

import (
	"context"
	"errors"
	"strings"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/keyvault"
)

// managed tells whether there is a certificate already. Neither is wrong.
func managed() check {
	return check{
		name: "managed",
		fix:  "See the check vaultCertificates.",
		run: func(ctx context.Context, f *facts) verdict {
			for _, name := range []string{hostname.CertificateName(f.hostname), hostname.Disambiguated(f.hostname)} {
				c, err := f.config.Vault.Certificate(ctx, name)
				switch {
				case errors.Is(err, issuance.ErrGone):
					continue
				case err != nil:
					return because(err)
				case strings.EqualFold(c.Tags[keyvault.TagHostname], f.hostname):
					return pass("There is a certificate for %s in the vault, valid until %s; a request makes a new version of it.", f.hostname, c.NotAfter.UTC().Format("2006-01-02"))
				}
			}
			return pass("There is no certificate for %s yet.", f.hostname)
		},
	}
}

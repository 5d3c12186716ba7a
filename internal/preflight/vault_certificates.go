package preflight

import "context"

// vaultCertificates: certificates can be read and made in the vault.
func vaultCertificates() check {
	return check{
		name: "vaultCertificates", title: "Certificates in Key Vault", group: groupVault,
		fix: `Give the app's identity the role "Key Vault Certificates Officer" on the vault, and let the vault's firewall allow the app.`,
		run: func(ctx context.Context, f *facts) verdict {
			if err := f.config.Vault.CheckCertificateRights(ctx); err != nil {
				return because(err)
			}
			return pass("Certificates can be read and made in the vault.")
		},
	}
}

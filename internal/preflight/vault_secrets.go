package preflight

import "context"

// vaultSecrets: the account at the authority can be kept in the vault.
func vaultSecrets() check {
	return check{
		name: "vaultSecrets", title: "Secrets in Key Vault", group: groupVault,
		fix: `Give the app's identity the role "Key Vault Secrets Officer" on the vault, and let the vault's firewall allow the app.`,
		run: func(ctx context.Context, f *facts) verdict {
			if err := f.config.Vault.CheckSecretRights(ctx); err != nil {
				return because(err)
			}
			return pass("Secrets can be read and written in the vault.")
		},
	}
}

package preflight

import (
	"context"
	"fmt"

	"certgate/internal/gatewaydoc"
	"certgate/internal/secretid"
)

// gatewayIdentity: the gateway reads certificates from the vault with an identity
// of its own. What that may do in the vault Resource Manager does not tell; a
// certificate of this vault that it serves already is the proof.
func gatewayIdentity() check {
	const fix = `Give the gateway a user-assigned identity, and that identity the role "Key Vault Secrets User" on the vault. Let the vault's firewall allow the gateway's subnet.`
	return check{
		name: "gatewayIdentity", title: "The gateway reads certificates from the vault", group: groupGateway,
		fix: fix,
		run: func(_ context.Context, f *facts) verdict {
			return f.look(func(s gatewaydoc.Survey) verdict {
				switch used := len(f.fromVault(s.Secrets)); {
				case len(s.Identities) == 0:
					return fail("The gateway has no user-assigned identity, so it cannot read certificates from Key Vault.")
				case used > 0 && s.State == "Succeeded":
					return pass("The gateway uses %s of this vault.", certificates(used))
				}
				return unknown("The gateway has the identity %s. Whether that may read secrets of the vault shows with the first certificate: Resource Manager does not tell.", lastPart(s.Identities[0]))
			})
		},
	}
}

func certificates(n int) string {
	if n == 1 {
		return "1 certificate"
	}
	return fmt.Sprintf("%d certificates", n)
}

// fromVault are the secrets that are in the vault of the settings.
func (f *facts) fromVault(secrets []string) (ids []string) {
	for _, id := range secrets {
		if secretid.InVault(id, f.config.VaultURL) {
			ids = append(ids, id)
		}
	}
	return ids
}

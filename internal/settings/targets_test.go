package settings_test

import (
	"strings"
	"testing"

	"certgate/internal/settings"
)

// Some services want the vault's resource id, and Front Door a vault in its subscription.
func TestATargetIsHeldAgainstTheVaultsId(t *testing.T) {
	t.Parallel()
	const front = `{"front":{"kind":"frontdoor","for":["*"],"profile":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/web/providers/Microsoft.Cdn/profiles/edge"}}`
	const vault = "/resourceGroups/certs/providers/Microsoft.KeyVault/vaults/certs"
	for id, says := range map[string]string{
		"": "KeyVaultResourceId is missing, but the target front in InstallTargets needs it",
		"/subscriptions/99999999-2222-3333-4444-555555555555" + vault: `has the target "front" in another subscription than the vault`,
		"/subscriptions/11111111-2222-3333-4444-555555555555" + vault: "",
	} {
		_, err := settings.Load(with(map[string]string{"InstallTargets": front, "KeyVaultResourceId": id}))
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("with the vault %q: %v, want %q", id, err, says)
		}
	}
}

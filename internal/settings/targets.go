package settings

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"certgate/internal/delivery/target"
)

var vaultForm = regexp.MustCompile(`(?i)^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[\p{L}\p{Nd}_.()-]+/providers/Microsoft\.KeyVault/vaults/[0-9a-z-]{3,24}$`)

func vaultID(v string) (string, error) {
	return matching(vaultForm, v, "is not the resource id of a vault (/subscriptions/…/resourceGroups/…/providers/Microsoft.KeyVault/vaults/…)")
}

// finishTargets finds a target that needs the vault's resource id where there is none, and
// an id of another vault.
func (s *Settings) finishTargets(values map[string]string) (faults Faults) {
	needs := slices.IndexFunc(s.Targets, func(t target.Target) bool { return t.Resource != nil && t.Resource.NeedsVaultID })
	if needs >= 0 && values["KeyVaultResourceId"] == "" {
		faults = append(faults, Fault{Setting: "KeyVaultResourceId", Problem: fmt.Sprintf("is missing, but the target %s in InstallTargets needs it", s.Targets[needs].Name),
			Fix: "Set it to the resource id of the vault of KeyVaultBaseUrl; its page Properties in the portal has it."})
	}
	for _, t := range s.Targets {
		if t.Resource != nil && t.Resource.VaultBeside && s.KeyVaultID != "" && !strings.EqualFold(subscriptionOf(t.Resource.Parent), subscriptionOf(s.KeyVaultID)) {
			faults = append(faults, Fault{Setting: "InstallTargets", Problem: fmt.Sprintf("has the target %q in another subscription than the vault, which this service does not take", t.Name),
				Fix: "Use a vault in the subscription of the service, or an own certgate there."})
		}
	}
	u, err := url.Parse(s.KeyVaultURL)
	if err != nil || s.KeyVaultID == "" || s.KeyVaultURL == "" {
		return faults
	}
	host, _, _ := strings.Cut(u.Hostname(), ".")
	if name := s.KeyVaultID[strings.LastIndex(s.KeyVaultID, "/")+1:]; strings.Contains(u.Hostname(), ".vault.") && !strings.EqualFold(name, host) {
		faults = append(faults, Fault{Setting: "KeyVaultResourceId", Problem: fmt.Sprintf("is of the vault %s, and KeyVaultBaseUrl of %s", name, host), Fix: "Let both be of the same vault."})
	}
	return faults
}

// subscriptionOf is the subscription of an id that has been checked.
func subscriptionOf(id string) string { return strings.Split(id, "/")[2] }

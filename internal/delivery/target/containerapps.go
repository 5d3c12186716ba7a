package target

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const environmentType = "Microsoft.App/managedEnvironments"

// containerApps is a certificate of a Container Apps environment. The environment reads
// the vault every 12 hours by itself.
func containerApps() Kind {
	return Kind{
		Name: "containerapps", Arrives: 13 * time.Hour,
		Late: "Look at the app's custom domains: the hostname must be bound (SniEnabled) to the environment's certificate of this name.",
		Read: func(t *Target, own json.RawMessage) error {
			var o struct{ Environment, Location, Identity string }
			if err := strict(own, &o); err != nil {
				return err
			}
			o.Identity = cmp.Or(o.Identity, "system")
			const identities = "Microsoft.ManagedIdentity/userAssignedIdentities"
			switch {
			case !idForm(environmentType).MatchString(o.Environment):
				return errors.New(wrongID("environment", o.Environment, environmentType))
			case !locationForm.MatchString(o.Location):
				return fmt.Errorf("has the location %q: the region of the environment is needed, such as westeurope", o.Location)
			case !strings.EqualFold(o.Identity, "system") && !idForm(identities).MatchString(o.Identity):
				return errors.New(wrongID("identity", o.Identity, identities) + ", and not system")
			}
			t.Resource = &Resource{
				Parent: o.Environment + "/certificates", APIVersion: "2025-07-01",
				Body: func(p Pushed) any {
					return map[string]any{"location": o.Location, "properties": map[string]any{
						"certificateKeyVaultProperties": map[string]any{"identity": o.Identity, "keyVaultUrl": p.VaultURL + "/secrets/" + p.Certificate},
					}}
				},
				Stands: byThumbprint,
				Scope:  o.Environment, Actions: []string{environmentType + "/certificates/read", environmentType + "/certificates/write"}, Role: "Container Apps ManagedEnvironments Contributor",
			}
			return nil
		},
	}
}

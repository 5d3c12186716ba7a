package target

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

const planType = "Microsoft.Web/serverfarms"

// appService is a certificate of App Service, beside the plan whose apps use it. The
// service reads the vault once a day by itself; a PUT of the same resource makes it do so
// now, and bindings that use the certificate follow.
func appService() Kind {
	return Kind{
		Name: "appservice", Arrives: time.Hour,
		Late: "Look at the app's custom domains: the hostname must have a binding with the certificate that certgate keeps up to date, by its name.",
		Read: func(t *Target, own json.RawMessage) error {
			var o struct{ Plan, Location string }
			if err := strict(own, &o); err != nil {
				return err
			}
			switch {
			case !idForm(planType).MatchString(o.Plan):
				return errors.New(wrongID("plan", o.Plan, planType))
			case !locationForm.MatchString(o.Location):
				return fmt.Errorf("has the location %q: the region of the plan is needed, such as westeurope", o.Location)
			}
			at := strings.LastIndex(strings.ToLower(o.Plan), "/serverfarms/")
			t.Resource = &Resource{
				Parent: o.Plan[:at] + "/certificates", APIVersion: "2024-11-01", NeedsVaultID: true,
				Body: func(p Pushed) any {
					return map[string]any{"location": o.Location, "properties": map[string]any{
						"keyVaultId": p.VaultID, "keyVaultSecretName": p.Certificate, "serverFarmId": o.Plan,
					}}
				},
				Stands: appServiceStands,
				Scope:  groupOf(o.Plan), Actions: []string{"Microsoft.Web/certificates/read", "Microsoft.Web/certificates/write"}, Role: "Website Contributor",
			}
			return nil
		},
	}
}

// groupOf is the resource group of an id.
func groupOf(id string) string {
	return id[:strings.Index(strings.ToLower(id), "/providers/")]
}

// appServiceStands reads keyVaultSecretStatus too, where the service tells it.
func appServiceStands(told []byte, p Pushed) Standing {
	s := byThumbprint(told, p)
	if s.Done || s.Busy {
		return s
	}
	switch status := gjson.GetBytes(told, "properties.keyVaultSecretStatus").String(); status {
	case "", "Initialized", "Succeeded", "Unknown":
	case "AzureServiceUnauthorizedToAccessKeyVault":
		s.Fault = "App Service may not read the vault. Give its principal (Microsoft Azure App Service, abfa0a7c-a6b6-4736-8310-5855508787cd) the role Key Vault Certificate User on the vault."
	case "OperationNotPermittedOnKeyVault":
		s.Fault = "The vault refuses App Service. Give its principal (Microsoft Azure App Service, abfa0a7c-a6b6-4736-8310-5855508787cd) the role Key Vault Certificate User, and let trusted Microsoft services through the vault's firewall."
	case "KeyVaultDoesNotExist":
		s.Fault = "App Service does not find the vault. Check KeyVaultResourceId."
	case "KeyVaultSecretDoesNotExist":
		s.Fault = "App Service does not find the certificate's secret in the vault. Check that it is enabled, and that KeyVaultResourceId is the vault of KeyVaultBaseUrl."
	default:
		s.Fault = "App Service did not take the certificate from the vault (" + status + ")."
	}
	return s
}

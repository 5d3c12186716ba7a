package target

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"certgate/internal/delivery/manifest"
)

const profileType = "Microsoft.Cdn/profiles"

// endpointForm is the host that Front Door gives an endpoint.
var endpointForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*(\.[a-z0-9]+)?\.azurefd\.net$`)

// frontDoor is a secret of Azure Front Door Standard or Premium. It follows the newest
// version by itself, within three days as the product says; a PUT of the same secret may
// hasten that. The domain that refers to it is the owner's, and so are the routes.
func frontDoor() Kind {
	return Kind{
		Name: "frontdoor", Arrives: 80 * time.Hour, DocumentType: bicepType,
		Late: "Look at the secret of this name in the Front Door profile and at the domain that must refer to it, and whether the profile's identity still has the role Key Vault Secrets User on the vault.",
		Fits: fitsFrontDoor,
		Read: func(t *Target, own json.RawMessage) error {
			var o struct{ Profile, Host string }
			if err := strict(own, &o); err != nil {
				return err
			}
			if !idForm(profileType).MatchString(o.Profile) {
				return errors.New(wrongID("profile", o.Profile, profileType))
			}
			o.Host = strings.ToLower(o.Host)
			if o.Host != "" && !endpointForm.MatchString(o.Host) {
				return fmt.Errorf("has the host %q, which is not that of an endpoint (shop-a1b2c3.z01.azurefd.net)", o.Host)
			}
			t.Front = o.Host
			t.Resource = &Resource{
				Parent: o.Profile + "/secrets", APIVersion: "2025-06-01", NeedsVaultID: true, VaultBeside: true, MostPuts: 1,
				Body: func(p Pushed) any {
					return map[string]any{"properties": map[string]any{"parameters": map[string]any{
						"type": "CustomerCertificate", "useLatestVersion": true,
						"secretSource": map[string]any{"id": p.VaultID + "/secrets/" + p.Certificate},
					}}}
				},
				Stands: frontDoorStands,
				Scope:  o.Profile, Actions: []string{profileType + "/secrets/read", profileType + "/secrets/write"}, Role: "CDN Profile Contributor",
			}
			t.Documents = func(w manifest.Wanted) (string, error) {
				return manifest.WriteFrontDoor(manifest.FrontDoor{Profile: nameOf(o.Profile), Secret: resourceName(w.Certificate), Host: o.Host}, w), nil
			}
			return nil
		},
	}
}

// frontDoorStands: what it has read stands among the parameters.
func frontDoorStands(told []byte, p Pushed) Standing {
	properties := gjson.GetBytes(told, "properties")
	state := properties.Get("provisioningState").String()
	switch {
	case strings.EqualFold(properties.Get("parameters.thumbprint").String(), p.Thumbprint):
		return Standing{Done: true}
	case busy(state):
		return Standing{Busy: true}
	case strings.EqualFold(state, "Failed"):
		return Standing{Fault: "Azure Front Door could not take the certificate from the vault. Give the profile's identity the role Key Vault Secrets User on the vault, and check that the chain leads to an authority that Microsoft trusts."}
	}
	return Standing{}
}

// fitsFrontDoor: RSA keys alone, and authorities in Microsoft's list.
func fitsFrontDoor(o Offer) (problem, note string) {
	switch {
	case strings.HasPrefix(o.KeyType, "EC"):
		return fmt.Sprintf("Azure Front Door takes RSA keys only, and the certificate gets %s.", o.KeyType), ""
	case strings.Contains(o.Directory, "staging"):
		return "Azure Front Door takes certificates of authorities that Microsoft trusts, and this one is for trials.", ""
	case o.Profile == "tlsserver" || o.Profile == "shortlived":
		return "", fmt.Sprintf("Certificates of the profile %s have no common name; Azure Front Door asks for one, and whether it takes them without is not known.", o.Profile)
	}
	return "", ""
}

// nameOf is the last part of an id.
func nameOf(id string) string { return id[strings.LastIndex(id, "/")+1:] }

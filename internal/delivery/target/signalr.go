package target

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// webPubSub and signalR are custom certificates of the two, which have one provider and one
// contract. They tell no thumbprint, so the version is named: what stands is known by it,
// and only the look over TLS proves it.
func webPubSub() Kind { return ofSignalR("webpubsub", "Microsoft.SignalRService/webPubSub") }

func signalR() Kind { return ofSignalR("signalr", "Microsoft.SignalRService/signalR") }

func ofSignalR(name, kind string) Kind {
	return Kind{
		Name: name, Arrives: 2 * time.Hour,
		Late: "Look at the service's custom domains: the hostname must use the custom certificate of this name, and its CNAME must lead to the service.",
		Read: func(t *Target, own json.RawMessage) error {
			var o struct{ Service string }
			if err := strict(own, &o); err != nil {
				return err
			}
			if !idForm(kind).MatchString(o.Service) {
				return errors.New(wrongID("service", o.Service, kind))
			}
			t.Resource = &Resource{
				Parent: o.Service + "/customCertificates", APIVersion: "2024-03-01",
				Body: func(p Pushed) any {
					return map[string]any{"properties": map[string]any{
						"keyVaultBaseUri": p.VaultURL + "/", "keyVaultSecretName": p.Certificate, "keyVaultSecretVersion": p.Version,
					}}
				},
				Stands: byVersion,
				Scope:  o.Service, Actions: []string{kind + "/customCertificates/read", kind + "/customCertificates/write"}, Role: "SignalR/Web PubSub Contributor",
			}
			return nil
		},
	}
}

// byVersion judges a resource that tells the version that it was told to use.
func byVersion(told []byte, p Pushed) Standing {
	state := gjson.GetBytes(told, "properties.provisioningState").String()
	switch same := gjson.GetBytes(told, "properties.keyVaultSecretVersion").String() == p.Version; {
	case busy(state):
		return Standing{Busy: true}
	case same && strings.EqualFold(state, "Failed"):
		return Standing{Fault: "The service could not take the certificate from the vault. Give its managed identity the role Key Vault Secrets User on the vault; custom certificates need the Premium tier."}
	case same:
		return Standing{Done: true}
	}
	return Standing{}
}

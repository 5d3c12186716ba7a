package main

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"

	"certgate/internal/appgateway"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewaylane"
	"certgate/internal/gatewayview"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/survey"
	"certgate/internal/preflight"
	"certgate/internal/settings"
)

// gateway is an Application Gateway of the settings.
type gateway struct {
	*appgateway.Client
	name string // in the settings
	doc  gatewaydoc.Settings
}

// key is how states, records and rows keep its name.
func (g gateway) key() string { return managed.KeptGateway(g.name) }

// newGateways makes those of the settings, the default one first. It does no I/O.
func newGateways(s settings.Settings, identity azcore.TokenCredential, observed observing) (all []gateway, err error) {
	for _, g := range s.Gateways() {
		client, err := appgateway.New(appgateway.Config{
			SubscriptionID: g.SubscriptionID, ResourceGroup: g.ResourceGroup, Name: g.Name, Credential: identity,
			Options: arm.ClientOptions{ClientOptions: azcore.ClientOptions{Cloud: cloudOf(s.Cloud), PerRetryPolicies: observed.eachTry("resourceManager")}},
		})
		if err != nil {
			return nil, fmt.Errorf("application gateway %s: %w", g.Member, err)
		}
		doc := gatewaydoc.Settings{BackendPool: g.BackendPoolName, HTTPSettings: g.BackendSettingsName, HTTPSPort: g.HTTPSPort}
		if g.ManageHTTPListener {
			doc.HTTP = &gatewaydoc.HTTPSide{Port: g.HTTPPort, FilesURL: filesURL(s)}
		}
		all = append(all, gateway{client, g.Member, doc})
	}
	return all, nil
}

// viewed are the gateways as people see them.
func viewed(all []gateway) (out []gatewayview.Named) {
	for _, g := range all {
		out = append(out, gatewayview.Named{Name: g.key(), Gateway: g.Client})
	}
	return out
}

// surveyed are the gateways beside the default one as the survey sees them.
func surveyed(all []gateway) (out []survey.Member) {
	for _, g := range all[1:] {
		out = append(out, survey.Member{Name: g.key(), Gateway: onGateway{g.Client}})
	}
	return out
}

// checked are the gateways beside the default one as checks look at them.
func checked(all []gateway) (out []preflight.Member) {
	for _, g := range all[1:] {
		out = append(out, preflight.Member{Name: g.name, Gateway: g.Client, Settings: g.doc})
	}
	return out
}

// written are the gateways with their writers, which are known to the engine from now on.
func written(runner *durable.Runner, a adapters, surveyor survey.Ports) (out issuance.Gateways) {
	var lanes []*gatewaylane.Lane
	for _, g := range a.gateways {
		lane := gatewaylane.New(gatewaylane.Config{Gateway: g.Client, Mail: a.store, Starter: runner, Settings: g.doc})
		lanes = append(lanes, lane)
		one := issuance.AppGateway{Name: g.name, Gateway: g.Client, Lane: lane, Listeners: lane, Pointer: lane, Occupants: surveyor.On(g.key())}
		if g.doc.HTTP != nil {
			one.Path = lane
		}
		out = append(out, one)
	}
	runner.Add(gatewaylane.Definition(lanes...))
	return out
}

// onGateway is a gateway as the survey sees it.
type onGateway struct{ *appgateway.Client }

// Inventory implements survey.Gateway.
func (g onGateway) Inventory(ctx context.Context) (inventory.Gateway, error) {
	doc, err := g.Read(ctx)
	if err != nil {
		return inventory.Gateway{}, err
	}
	return doc.Inventory(), nil
}

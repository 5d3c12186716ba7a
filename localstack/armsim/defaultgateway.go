package armsim

import (
	"encoding/json"
	"fmt"
)

// GatewayOptions describe the gateway that a stack begins with. Empty names
// get defaults.
type GatewayOptions struct {
	Subscription  string
	ResourceGroup string
	Name          string
	Location      string // default "westeurope"
	// Identity is the resource id of the user-assigned identity that reads the vault.
	Identity string
	// PublicIPID is what AddPublicIP returned.
	PublicIPID string
	// HTTPPort and HTTPSPort are the frontend ports (default 80 and 443).
	HTTPPort, HTTPSPort int
	// AppHost and AppPort are the site behind the gateway, spoken to in plain HTTP.
	AppHost string
	AppPort int
	// BlobHost is the host name of the storage account with the validation files,
	// BlobPath the folder that replaces /.well-known/acme-challenge/ in a request
	// to it, with a slash at both ends.
	BlobHost string
	BlobPath string

	Names GatewayNames
}

// GatewayNames are the names of the parts that certgate's settings refer to.
type GatewayNames struct {
	FrontendIP, HTTPPort, HTTPSPort string
	AppPool, AppSettings            string
	BlobPool, BlobSettings          string
	HTTPListener                    string
}

func (n GatewayNames) withDefaults() GatewayNames {
	for _, d := range []struct {
		name  *string
		value string
	}{
		{&n.FrontendIP, "public"}, {&n.HTTPPort, "port-http"}, {&n.HTTPSPort, "port-https"},
		{&n.AppPool, "app"}, {&n.AppSettings, "app-settings"}, {&n.BlobPool, "acme-challenge"},
		{&n.BlobSettings, "acme-challenge-settings"}, {&n.HTTPListener, "http"},
	} {
		if *d.name == "" {
			*d.name = d.value
		}
	}
	return n
}

// DefaultGateway is a Standard_v2 gateway for AddGateway: one HTTP listener for
// every host, which sends validation files to the blob pool and the rest to the
// app, a free HTTPS port, and no certificate yet.
func DefaultGateway(o GatewayOptions) (json.RawMessage, error) {
	n := o.Names.withDefaults()
	id := gatewayID(o.Subscription, o.ResourceGroup, o.Name)
	ref := func(collection, name string) object { return object{"id": id + "/" + collection + "/" + name} }
	child := func(name string, p object) []any { return []any{object{"name": name, "properties": p}} }
	doc := object{
		"location": orElse(o.Location, "westeurope"),
		"properties": object{
			"sku":                      object{"name": "Standard_v2", "tier": "Standard_v2", "capacity": 1},
			"gatewayIPConfigurations":  child("subnet", object{"subnet": object{"id": "/subscriptions/" + o.Subscription + "/resourceGroups/" + o.ResourceGroup + "/providers/Microsoft.Network/virtualNetworks/vnet/subnets/gateway"}}),
			"frontendIPConfigurations": child(n.FrontendIP, object{"privateIPAllocationMethod": "Dynamic", "publicIPAddress": object{"id": o.PublicIPID}}),
			"frontendPorts": append(child(n.HTTPPort, object{"port": orElse(o.HTTPPort, 80)}),
				child(n.HTTPSPort, object{"port": orElse(o.HTTPSPort, 443)})...),
			"backendAddressPools": append(child(n.AppPool, object{"backendAddresses": []any{object{"fqdn": o.AppHost}}}),
				child(n.BlobPool, object{"backendAddresses": []any{object{"fqdn": o.BlobHost}}})...),
			"backendHttpSettingsCollection": append(
				child(n.AppSettings, object{"port": orElse(o.AppPort, 80), "protocol": "Http", "cookieBasedAffinity": "Disabled", "requestTimeout": 30}),
				child(n.BlobSettings, object{"port": 443, "protocol": "Https", "cookieBasedAffinity": "Disabled", "requestTimeout": 30,
					"pickHostNameFromBackendAddress": true, "path": o.BlobPath})...),
			"httpListeners": child(n.HTTPListener, object{"protocol": "Http",
				"frontendIPConfiguration": ref("frontendIPConfigurations", n.FrontendIP), "frontendPort": ref("frontendPorts", n.HTTPPort)}),
			"urlPathMaps": child(n.HTTPListener+"-paths", object{
				"defaultBackendAddressPool": ref("backendAddressPools", n.AppPool), "defaultBackendHttpSettings": ref("backendHttpSettingsCollection", n.AppSettings),
				"pathRules": child("acme-challenge", object{"paths": []any{"/.well-known/acme-challenge/*"},
					"backendAddressPool": ref("backendAddressPools", n.BlobPool), "backendHttpSettings": ref("backendHttpSettingsCollection", n.BlobSettings)})}),
			// The last priority: rules for single hosts come before it.
			"requestRoutingRules": child(n.HTTPListener+"-rule", object{"priority": maxPriority, "ruleType": "PathBasedRouting",
				"httpListener": ref("httpListeners", n.HTTPListener), "urlPathMap": ref("urlPathMaps", n.HTTPListener+"-paths")}),
		},
	}
	if o.Identity != "" {
		doc["identity"] = object{"type": "UserAssigned", "userAssignedIdentities": object{o.Identity: object{}}}
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode default gateway: %w", err)
	}
	return data, nil
}

func orElse[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

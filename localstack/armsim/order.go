package armsim

import (
	"bytes"
	"encoding/json"
	"slices"
)

// The service writes members in an order of its own, whatever a request had.
var (
	gatewayOrder    = []string{"name", "id", "etag", "type", "location", "zones", "tags", "identity", "properties"}
	propertiesOrder = []string{"provisioningState", "resourceGuid", "sku", "operationalState", "gatewayIPConfigurations", "authenticationCertificates",
		"sslCertificates", "trustedRootCertificates", "trustedClientCertificates", "sslProfiles", "frontendIPConfigurations", "frontendPorts",
		"backendAddressPools", "loadDistributionPolicies", "backendHttpSettingsCollection", "backendSettingsCollection", "httpListeners", "listeners",
		"urlPathMaps", "requestRoutingRules", "routingRules", "probes", "rewriteRuleSets", "redirectConfigurations", "privateLinkConfigurations",
		"privateEndpointConnections", "entraJWTValidationConfigs", "sslPolicy", "webApplicationFirewallConfiguration", "firewallPolicy", "enableHttp2",
		"autoscaleConfiguration", "customErrorConfigurations", "defaultPredefinedSslPolicy"}
	childOrder    = []string{"name", "id", "etag", "properties", "type"}
	frontendOrder = []string{"name", "id", "etag", "type", "properties"}
	addressOrder  = []string{"name", "id", "etag", "location", "tags", "properties", "type", "sku"}
	// innerOrder is that of everything below a child: no two kinds disagree.
	innerOrder = []string{"provisioningState", "resourceGuid", "ipAddress", "publicIPAddressVersion", "publicIPAllocationMethod", "idleTimeoutInMinutes",
		"domainNameLabel", "dnsSettings", "fqdn", "ipTags", "ipConfiguration", "ddosSettings",
		"type", "userAssignedIdentities", "principalId", "clientId", "keyId", "publicCertData", "keyVaultSecretId", "hsm",
		"ruleType", "priority", "paths", "frontendIPConfiguration", "frontendPort", "port", "protocol", "timeout", "cookieBasedAffinity", "connectionDraining",
		"enabled", "drainTimeoutInSec", "firewallMode", "ruleSetType", "ruleSetVersion", "disabledRuleGroups", "requestBodyCheck",
		"maxRequestBodySizeInKb", "fileUploadLimitInMb", "minCapacity", "maxCapacity", "hostName", "sslCertificate", "hostNames", "requireServerNameIndication", "enableHttp3", "customErrorConfigurations",
		"pickHostNameFromBackendAddress", "path", "dedicatedBackendConnection", "validateCertChainAndExpiry", "validateSNI", "sniName", "requestTimeout", "probe",
		"name", "tier", "family", "capacity", "privateIPAddress", "privateIPAllocationMethod", "publicIPAddress", "subnet", "backendAddresses",
		"httpListener", "listener", "backendAddressPool", "backendHttpSettings", "backendSettings", "redirectConfiguration", "urlPathMap",
		"defaultBackendAddressPool", "defaultBackendHttpSettings", "defaultRedirectConfiguration", "pathRules"}
	// backReferenceOrder is what every child ends with.
	backReferenceOrder = []string{"backendHttpSettings", "httpListeners", "listeners", "requestRoutingRules", "routingRules"}
)

// render is a document as the service writes it: on one line, its members in the
// service's order. Those that have no place in it come by name.
func render(doc object, order []string) json.RawMessage {
	var b bytes.Buffer
	write(&b, doc, order, func(member string, v any) {
		if p, ok := v.(object); ok && member == "properties" {
			write(&b, p, propertiesOrder, func(member string, v any) { writeCollection(&b, member, v) })
			return
		}
		writeInner(&b, v)
	})
	return b.Bytes()
}

func writeCollection(b *bytes.Buffer, collection string, v any) {
	list, ok := v.([]any)
	if !ok {
		writeInner(b, v)
		return
	}
	order := childOrder
	if collection == "frontendIPConfigurations" {
		order = frontendOrder
	}
	writeList(b, list, func(entry any) {
		child, ok := entry.(object)
		if !ok {
			writeInner(b, entry)
			return
		}
		write(b, child, order, func(member string, v any) {
			if p, ok := v.(object); ok && member == "properties" {
				write(b, p, nil, func(member string, v any) {
					if member == "pathRules" {
						writeCollection(b, member, v)
						return
					}
					writeInner(b, v)
				})
				return
			}
			writeInner(b, v)
		})
	})
}

func writeInner(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case object:
		write(b, v, nil, func(_ string, v any) { writeInner(b, v) })
	case []any:
		writeList(b, v, func(entry any) { writeInner(b, entry) })
	default:
		writeValue(b, v)
	}
}

// write writes an object; value is called for each member after its name.
func write(b *bytes.Buffer, o object, order []string, value func(member string, v any)) {
	if order == nil {
		order = innerOrder
	}
	members := make([]string, 0, len(o))
	for member := range o {
		members = append(members, member)
	}
	place := func(member string) int {
		if i := slices.Index(order, member); i >= 0 {
			return i
		}
		return len(order) + 1 + slices.Index(backReferenceOrder, member)
	}
	slices.SortFunc(members, func(x, y string) int {
		if px, py := place(x), place(y); px != py {
			return px - py
		}
		return bytes.Compare([]byte(x), []byte(y))
	})
	b.WriteByte('{')
	for i, member := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		writeValue(b, member)
		b.WriteByte(':')
		value(member, o[member])
	}
	b.WriteByte('}')
}

func writeList(b *bytes.Buffer, list []any, value func(any)) {
	b.WriteByte('[')
	for i, entry := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		value(entry)
	}
	b.WriteByte(']')
}

func writeValue(b *bytes.Buffer, v any) {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("armsim: " + err.Error()) // it came from JSON
	}
	b.Truncate(b.Len() - 1) // the encoder ends with a new line
}

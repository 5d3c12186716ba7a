package armsim

import "strings"

// backReferences are the read-only lists in which a child shows who points at
// it: from whose reference, in which collection of targets, under which name.
// The service adds them to every reply and ignores them in requests.
var backReferences = []struct{ from, reference, to, list string }{
	{"httpListeners", "frontendIPConfiguration", "frontendIPConfigurations", "httpListeners"},
	{"httpListeners", "frontendPort", "frontendPorts", "httpListeners"},
	{"httpListeners", "sslCertificate", "sslCertificates", "httpListeners"},
	{"listeners", "frontendIPConfiguration", "frontendIPConfigurations", "listeners"},
	{"listeners", "frontendPort", "frontendPorts", "listeners"},
	{"listeners", "sslCertificate", "sslCertificates", "listeners"},
	{"requestRoutingRules", "httpListener", "httpListeners", "requestRoutingRules"},
	{"requestRoutingRules", "backendAddressPool", "backendAddressPools", "requestRoutingRules"},
	{"requestRoutingRules", "backendHttpSettings", "backendHttpSettingsCollection", "requestRoutingRules"},
	{"requestRoutingRules", "redirectConfiguration", "redirectConfigurations", "requestRoutingRules"},
	{"requestRoutingRules", "urlPathMap", "urlPathMaps", "requestRoutingRules"},
	{"routingRules", "listener", "listeners", "routingRules"},
	{"routingRules", "backendAddressPool", "backendAddressPools", "routingRules"},
	{"routingRules", "backendSettings", "backendSettingsCollection", "routingRules"},
	{"backendHttpSettingsCollection", "probe", "probes", "backendHttpSettings"},
}

func addBackReferences(p object) {
	for _, b := range backReferences {
		targets := map[string]object{}
		children(p, b.to, func(name string, child object) { targets[strings.ToLower(name)] = properties(child) })
		children(p, b.from, func(_ string, child object) {
			ref, _ := properties(child)[b.reference].(object)
			id, _ := ref["id"].(string)
			to := targets[strings.ToLower(id[strings.LastIndexByte(id, '/')+1:])]
			if id == "" || to == nil {
				return
			}
			list, _ := to[b.list].([]any)
			to[b.list] = append(list, object{"id": child["id"]})
		})
	}
}

func dropBackReferences(p object) {
	for _, b := range backReferences {
		children(p, b.to, func(_ string, child object) { delete(properties(child), b.list) })
	}
}

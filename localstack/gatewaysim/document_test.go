package gatewaysim_test

// document is the gateway as ARM shows it.
type document map[string]any

func (d document) properties() map[string]any { return d["properties"].(map[string]any) }

func (d document) ref(collection, name string) map[string]any {
	return map[string]any{"id": d["id"].(string) + "/" + collection + "/" + name}
}

func (d document) add(collection, name string, properties map[string]any) {
	list, _ := d.properties()[collection].([]any)
	d.properties()[collection] = append(list, map[string]any{"name": name, "properties": properties})
}

// addSite adds an HTTPS listener with its certificate and rule.
func (d document) addSite(name, host string, priority int) {
	d.add("sslCertificates", name, map[string]any{"keyVaultSecretId": vaultURL + "/secrets/" + name})
	d.addListener(name, priority, map[string]any{"protocol": "Https", "hostNames": []any{host},
		"frontendPort": d.ref("frontendPorts", "port-https"), "sslCertificate": d.ref("sslCertificates", name)},
		map[string]any{"backendAddressPool": d.ref("backendAddressPools", "app"), "backendHttpSettings": d.ref("backendHttpSettingsCollection", "app-settings")})
}

func (d document) addListener(name string, priority int, listener, rule map[string]any) {
	listener["frontendIPConfiguration"] = d.ref("frontendIPConfigurations", "public")
	d.add("httpListeners", name+"-listener", listener)
	rule["priority"], rule["ruleType"], rule["httpListener"] = priority, "Basic", d.ref("httpListeners", name+"-listener")
	d.add("requestRoutingRules", name+"-rule", rule)
}

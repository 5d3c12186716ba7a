package armsim

import "strings"

// v2Collections are what a v2 gateway shows even when it has none.
var v2Collections = []string{"gatewayIPConfigurations", "sslCertificates", "trustedRootCertificates", "trustedClientCertificates", "sslProfiles",
	"frontendIPConfigurations", "frontendPorts", "backendAddressPools", "loadDistributionPolicies", "backendHttpSettingsCollection",
	"backendSettingsCollection", "httpListeners", "listeners", "urlPathMaps", "requestRoutingRules", "routingRules", "probes", "rewriteRuleSets",
	"redirectConfigurations", "privateLinkConfigurations", "privateEndpointConnections", "entraJWTValidationConfigs"}

// notOfBasic are those of them that the Basic tier does not have.
var notOfBasic = map[string]bool{"loadDistributionPolicies": true, "backendSettingsCollection": true, "listeners": true, "routingRules": true,
	"privateLinkConfigurations": true, "privateEndpointConnections": true}

const (
	tierBasic = "Basic"
	// defaultPolicy is what a gateway without sslPolicy has.
	defaultPolicy = "AppGwSslPolicy20220101"
)

// setDefaults adds what the service shows although it was not sent.
func setDefaults(p object) {
	sku, _ := p["sku"].(object)
	tier, _ := sku["tier"].(string)
	if sku != nil {
		setDefault(sku, "family", "Generation_2")
	}
	for _, collection := range v2Collections {
		if _, ok := p[collection].([]any); !ok && !(strings.EqualFold(tier, tierBasic) && notOfBasic[collection]) {
			p[collection] = []any{}
		}
	}
	if !strings.EqualFold(tier, "Standard") && !strings.EqualFold(tier, "WAF") {
		delete(p, "authenticationCertificates") // v1's only
	}
	if _, ok := p["sslPolicy"]; ok {
		delete(p, "defaultPredefinedSslPolicy")
	} else {
		p["defaultPredefinedSslPolicy"] = defaultPolicy
	}
	children(p, "httpListeners", func(_ string, listener object) {
		lp := properties(listener)
		setDefault(lp, "hostNames", []any{})
		setDefault(lp, "requireServerNameIndication", false)
		setDefault(lp, "enableHttp3", false)
	})
	children(p, "listeners", func(_ string, listener object) { setDefault(properties(listener), "hostNames", []any{}) })
	children(p, "backendHttpSettingsCollection", func(_ string, settings object) {
		sp := properties(settings)
		setDefault(sp, "pickHostNameFromBackendAddress", false)
		setDefault(sp, "dedicatedBackendConnection", false)
		setDefault(sp, "validateCertChainAndExpiry", true)
		setDefault(sp, "validateSNI", true)
		setDefault(sp, "sniName", nil)
	})
	children(p, "sslProfiles", func(_ string, profile object) {
		pp := properties(profile)
		setDefault(pp, "clientAuthConfiguration", object{"verifyClientCertIssuerDN": false, "verifyClientRevocation": "None"})
	})
}

func setDefault(o object, name string, value any) {
	if _, ok := o[name]; !ok {
		o[name] = value
	}
}

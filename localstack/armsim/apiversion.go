package armsim

import (
	"net/http"
	"regexp"
)

// apiVersion is a version of Microsoft.Network, "2025-07-01": what is newer than
// the asked one is hidden from the reply. They compare as text.
type apiVersion string

// newest is the last version that there is: Microsoft's own client asks with it.
const newest apiVersion = "2026-01-01"

var versionForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(-preview)?$`)

// versionOf is the version that a request asks for.
func versionOf(r *http.Request) (apiVersion, error) {
	asked := r.URL.Query().Get("api-version")
	switch {
	case asked == "":
		return "", badRequest("MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
	case !versionForm.MatchString(asked), apiVersion(asked) > newest:
		return "", badRequest("InvalidApiVersionParameter", "The api-version '%s' is invalid. The newest one that is supported is '%s'.", asked, newest)
	}
	return apiVersion(asked), nil
}

// since is the first version that shows a member, by collection and member; ""
// is the gateway itself. Where only some versions were seen, it is the oldest
// that showed it. Members that are not here are as old as v2.
var since = map[string]map[string]apiVersion{
	"": {
		"privateLinkConfigurations": "2020-05-01", "privateEndpointConnections": "2020-05-01", "backendSettingsCollection": "2021-08-01", "listeners": "2021-08-01", "routingRules": "2021-08-01",
		"defaultPredefinedSslPolicy": "2022-09-01", "entraJWTValidationConfigs": "2025-03-01",
	},
	"sku":                           {"family": "2022-07-01"},
	"sslCertificates":               {"hsm": "2025-07-01"},
	"frontendIPConfigurations":      {"listeners": "2021-08-01"},
	"frontendPorts":                 {"listeners": "2021-08-01"},
	"backendAddressPools":           {"routingRules": "2021-08-01"},
	"httpListeners":                 {"enableHttp3": "2023-11-01"},
	"requestRoutingRules":           {"entraJWTValidationConfig": "2025-03-01"},
	"backendHttpSettingsCollection": {"dedicatedBackendConnection": "2024-10-01", "validateCertChainAndExpiry": "2024-10-01", "validateSNI": "2024-10-01", "sniName": "2024-10-01"},
}

// hide takes out of a document what the version does not know.
func hide(doc object, version apiVersion) {
	p := properties(doc)
	strip(p, "", version)
	if sku, ok := p["sku"].(object); ok {
		strip(sku, "sku", version)
	}
	for collection := range p {
		children(p, collection, func(_ string, child object) { strip(properties(child), collection, version) })
	}
}

func strip(o object, collection string, version apiVersion) {
	for member, first := range since[collection] {
		if version < first {
			delete(o, member)
		}
	}
}

package api

import (
	"net/url"
	"strings"

	"certgate/internal/issuance/managed"
)

// Portal is what the addresses of Azure's portal are made of.
type Portal struct {
	GatewayID string // resource id of the gateway
	TenantID  string // "" leaves the choice of the directory to the portal
}

// portalLinks are addresses for people who have rights there: they hold nothing
// that the reply does not say anyway.
type portalLinks struct {
	Certificate string `json:"certificate"`
	Gateway     string `json:"gateway"`
}

// portals are the portal of each cloud, by the domain of its vaults.
var portals = map[string]string{
	".vault.azure.net":              "https://portal.azure.com",
	".vault.azure.cn":               "https://portal.azure.cn",
	".vault.usgovcloudapi.net":      "https://portal.azure.us",
	".vault.microsoftazure.de":      "https://portal.microsoftazure.de",
	".managedhsm.azure.net":         "https://portal.azure.com",
	".managedhsm.usgovcloudapi.net": "https://portal.azure.us",
}

// links are those of a record; nil if its vault is in none of these clouds, as the
// local one.
func (p Portal) links(r *managed.Record) *portalLinks {
	secret, err := url.Parse(r.SecretID)
	if err != nil || p.GatewayID == "" {
		return nil
	}
	_, domain, _ := strings.Cut(secret.Hostname(), ".")
	base, known := portals["."+domain]
	if !known {
		return nil
	}
	directory := "#"
	if p.TenantID != "" {
		directory = "#@" + url.PathEscape(p.TenantID) + "/"
	}
	certificate := "https://" + secret.Host + "/certificates/" + url.PathEscape(r.Name)
	return &portalLinks{
		Certificate: base + "/" + directory + "asset/Microsoft_Azure_KeyVault/Certificate/" + certificate,
		Gateway:     base + "/" + directory + "resource" + p.GatewayID + "/listeners",
	}
}

package armsim

import "certgate/localstack/armsim/gatewaydoc"

// The service limits of a v2 gateway.
const (
	maxListeners       = 200
	maxActiveListeners = 100 // those whose rule can send traffic to a backend
	maxCertificates    = 100
	maxFrontendPorts   = 100
	maxFrontendIPs     = 4
	maxPools           = 100
	maxSettings        = 100
	maxRules           = 400
	maxRedirects       = 100
	maxPathRules       = 100 // per map
	maxBasic           = 5   // listeners, pools and rules of the Basic tier
)

func checkLimits(d *gatewaydoc.Document) error {
	p := d.Properties
	listeners, pools, rules := maxListeners, maxPools, maxRules
	if p.SKU.Basic() {
		listeners, pools, rules = maxBasic, maxBasic, maxBasic
	}
	for _, l := range []struct {
		what      string
		have, max int
	}{
		{"httpListeners and listeners", len(p.HTTPListeners) + len(p.Listeners), listeners},
		{"active httpListeners", activeListeners(d), maxActiveListeners},
		{"sslCertificates", len(p.SSLCertificates), maxCertificates},
		{"frontendPorts", len(p.FrontendPorts), maxFrontendPorts},
		{"frontendIPConfigurations", len(p.FrontendIPs), maxFrontendIPs},
		{"backendAddressPools", len(p.BackendPools), pools},
		{"backendHttpSettingsCollection", len(p.BackendHTTPSettings), maxSettings},
		{"requestRoutingRules and routingRules", len(p.Rules) + len(p.ConnectionRules), rules},
		{"redirectConfigurations", len(p.Redirects), maxRedirects},
	} {
		if l.have > l.max {
			return invalid("The Application Gateway has %d %s; the limit is %d.", l.have, l.what, l.max)
		}
	}
	for _, m := range p.URLPathMaps {
		if n := len(m.Properties.PathRules); n > maxPathRules {
			return invalid("URL path map %s has %d path rules; the limit is %d.", m.Name, n, maxPathRules)
		}
	}
	return nil
}

// checkTier refuses what the Basic tier cannot do.
func checkTier(d *gatewaydoc.Document) error {
	if !d.Properties.SKU.Basic() {
		return nil
	}
	p := d.Properties
	for _, f := range []struct {
		what string
		used bool
	}{
		{"URL Rewrite", len(p.RewriteRuleSets) > 0},
		{"Autoscaling", p.Autoscale != nil},
		{"TCP and TLS listeners", len(p.Listeners) > 0},
	} {
		if f.used {
			return badRequest("ApplicationGatewayFeatureCannotBeEnabledForSelectedSku",
				"Application Gateway %s does not support %s for the selected SKU tier Basic. Supported SKU tiers are Standard_v2,WAF_v2.", d.ID, f.what)
		}
	}
	return nil
}

// activeListeners counts the listeners with a rule that leads to a backend. A
// pure redirect does not count; one with a single path rule to a pool does.
func activeListeners(d *gatewaydoc.Document) int {
	n := len(d.Properties.ConnectionRules)
	for _, r := range d.Properties.Rules {
		if r.Properties.Pool != nil || reachesBackend(gatewaydoc.Find(d.Properties.URLPathMaps, r.Properties.PathMap)) {
			n++
		}
	}
	return n
}

func reachesBackend(m *gatewaydoc.Child[gatewaydoc.URLPathMap]) bool {
	if m == nil {
		return false
	}
	if m.Properties.DefaultPool != nil {
		return true
	}
	for _, rule := range m.Properties.PathRules {
		if rule.Properties.Pool != nil {
			return true
		}
	}
	return false
}

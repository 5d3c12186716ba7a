package armsim

import (
	"net/url"
	"slices"
	"strings"

	"certgate/localstack/armsim/gatewaydoc"
)

// checks are the rules for a document, in the order in which they are asked.
var checks = []func(*gatewaydoc.Document) error{
	checkTier, checkLimits, checkFrontends, checkCertificates, checkListeners, checkConnectionListeners, checkRedirects, checkPathMaps, checkPriorities, checkRules, checkConnectionRules,
}

// checkNames refuses two children with one name. Names ignore case.
func checkNames(p object) error {
	for collection := range p {
		seen := map[string]bool{}
		double := ""
		children(p, collection, func(name string, _ object) {
			if key := strings.ToLower(name); seen[key] {
				double = name
			} else {
				seen[key] = true
			}
		})
		if double != "" {
			return badRequest("DuplicateResourceName", "Resource has two child resources with the same name (%s/%s).", collection, double)
		}
	}
	return nil
}

func checkFrontends(d *gatewaydoc.Document) error {
	names := map[int]string{}
	for _, port := range d.Properties.FrontendPorts {
		n := port.Properties.Port
		if n < 1 || n > 65535 {
			return invalid("Frontend port %s has the number %d.", port.Name, n)
		}
		if other, taken := names[n]; taken {
			return invalid("Frontend ports %s and %s have the same number %d.", other, port.Name, n)
		}
		names[n] = port.Name
	}
	return nil
}

func checkCertificates(d *gatewaydoc.Document) error {
	for _, cert := range d.Properties.SSLCertificates {
		id := cert.Properties.KeyVaultSecretID
		if id == "" {
			continue
		}
		u, err := url.Parse(id)
		if err != nil || u.Scheme != "https" || u.Host == "" || !secretPath(u.Path) {
			return invalid("The keyVaultSecretId %q of certificate %s is not the id of a Key Vault secret.", id, cert.Name)
		}
	}
	return nil
}

func secretPath(path string) bool {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	return len(parts) >= 2 && len(parts) <= 3 && strings.EqualFold(parts[0], "secrets") && !slices.Contains(parts, "")
}

func checkRedirects(d *gatewaydoc.Document) error {
	types := []string{"Permanent", "Found", "SeeOther", "Temporary"}
	for _, r := range d.Properties.Redirects {
		p := r.Properties
		if !slices.Contains(types, p.Type) {
			return invalid("Redirect configuration %s has the type %q; it must be one of %s.", r.Name, p.Type, strings.Join(types, ", "))
		}
		if (p.TargetListener == nil) == (p.TargetURL == "") {
			return invalid("Redirect configuration %s needs either a target listener or a target URL.", r.Name)
		}
		if to := gatewaydoc.Find(d.Properties.HTTPListeners, p.TargetListener); to != nil {
			hosts := to.Properties.Hosts()
			if len(hosts) > 1 || len(hosts) == 1 && strings.ContainsAny(hosts[0], "*?") {
				return invalid("Redirect configuration %s leads to listener %s, which has a wildcard or several host names.", r.Name, to.Name)
			}
		}
	}
	return nil
}

func checkPathMaps(d *gatewaydoc.Document) error {
	for _, m := range d.Properties.URLPathMaps {
		p := m.Properties
		if (p.DefaultPool == nil || p.DefaultSettings == nil) == (p.DefaultRedirect == nil) {
			return invalid("URL path map %s needs either a default backend pool with settings or a default redirect configuration.", m.Name)
		}
		for _, rule := range p.PathRules {
			if (rule.Properties.Pool == nil || rule.Properties.Settings == nil) == (rule.Properties.Redirect == nil) {
				return invalid("Path rule %s of %s needs either a backend pool with settings or a redirect configuration.", rule.Name, m.Name)
			}
			if len(rule.Properties.Paths) == 0 {
				return invalid("Path rule %s of %s has no path.", rule.Name, m.Name)
			}
			for _, path := range rule.Properties.Paths {
				if !strings.HasPrefix(path, "/") || strings.Contains(strings.TrimSuffix(path, "*"), "*") {
					return invalid("Path %q of path rule %s must start with / and have * only at its end.", path, rule.Name)
				}
			}
		}
	}
	return nil
}

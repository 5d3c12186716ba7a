package armsim

import (
	"slices"
	"strings"
)

// checkReferences: every {"id": …} in the properties leads to a child of the
// same gateway, or to a public address that is there. Other resources (subnets,
// policies) are not simulated and are believed. mu is held.
func (s *Server) checkReferences(doc object, id string) error {
	prefix := strings.ToLower(id) + "/"
	known := map[string]bool{}
	p := properties(doc)
	for collection := range p {
		children(p, collection, func(name string, child object) {
			own := strings.ToLower(collection + "/" + name)
			known[prefix+own] = true
			children(properties(child), "pathRules", func(name string, _ object) {
				known[prefix+own+"/pathrules/"+strings.ToLower(name)] = true
			})
		})
	}
	return walkReferences(p, "properties", func(path, ref string) error {
		key := strings.ToLower(ref)
		ok := true
		switch {
		case !strings.HasPrefix(key, "/subscriptions/"):
			return badRequest("LinkedInvalidPropertyId", "Property id '%s' at path '%s' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.", ref, path)
		case strings.Contains(key, "/applicationgateways/"):
			ok = known[key]
		case strings.Contains(key, "/publicipaddresses/"):
			ok = s.addresses[key] != nil
		}
		if !ok {
			return badRequest("InvalidResourceReference", "Resource %s referenced by resource %s was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.", ref, id)
		}
		return nil
	})
}

// walkReferences visits every member "id" that is a string, in a stable order.
func walkReferences(v any, path string, visit func(path, ref string) error) error {
	switch v := v.(type) {
	case object:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if ref, ok := v[name].(string); ok && name == "id" {
				if err := visit(path+".id", ref); err != nil {
					return err
				}
				continue
			}
			if err := walkReferences(v[name], path+"."+name, visit); err != nil {
				return err
			}
		}
	case []any:
		for _, entry := range v {
			if err := walkReferences(entry, path+"[]", visit); err != nil {
				return err
			}
		}
	}
	return nil
}

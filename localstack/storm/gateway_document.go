package storm

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"certgate/internal/hostname"
)

// object is a JSON object, whatever is in it.
type object = map[string]any

func decode(raw []byte) (object, error) {
	var doc object
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read the gateway's document: %w", err)
	}
	return doc, nil
}

// properties is doc.properties, which every gateway and child has.
func properties(doc object) object {
	p, ok := doc["properties"].(object)
	if !ok {
		p = object{}
		doc["properties"] = p
	}
	return p
}

// serviceMade are members that Resource Manager writes, and the lists in which a
// child shows who points at it.
var serviceMade = []string{"etag", "provisioningState", "operationalState", "resourceGuid", "type"}

// backReferences are the lists, in properties of a child.
var backReferences = []string{"httpListeners", "requestRoutingRules"}

// foreign is what is left of a gateway when certgate's entries and what the
// service writes are taken away: nothing of it may ever change but by others.
func foreign(doc object, hosts []string) object {
	ours := oursOf(hosts)
	out := object{}
	for key, value := range doc {
		if !slices.Contains(serviceMade, key) && key != "properties" {
			out[key] = value
		}
	}
	if tags, ok := doc["tags"].(object); ok {
		tags = maps.Clone(tags)
		delete(tags, refreshTag)
		if delete(out, "tags"); len(tags) > 0 {
			out["tags"] = tags
		}
	}
	p := object{}
	for key, value := range properties(doc) {
		list, ok := value.([]any)
		if !ok {
			if !slices.Contains(serviceMade, key) {
				p[key] = value
			}
			continue
		}
		kept := object{} // by name: the order of a collection means nothing
		for _, entry := range list {
			child, _ := entry.(object)
			name, _ := child["name"].(string)
			if !ours[strings.ToLower(name)] {
				kept[name] = givenUp(bare(child))
			}
		}
		if len(kept) > 0 {
			p[key] = kept
		}
	}
	out["properties"] = p
	return out
}

// refreshTag is certgate's own tag on a gateway.
const refreshTag = "certgate-refresh"

// bare is a child without what the service writes, at every depth.
func bare(child object) object {
	out := object{}
	for key, value := range child {
		if slices.Contains(serviceMade, key) {
			continue
		}
		switch v := value.(type) {
		case object:
			v = bare(v)
			if key == "properties" {
				for _, list := range backReferences {
					delete(v, list)
				}
			}
			value = v
		case []any:
			list := make([]any, len(v))
			for i, entry := range v {
				if list[i] = entry; entry != nil {
					if o, ok := entry.(object); ok {
						list[i] = bare(o)
					}
				}
			}
			value = list
		}
		out[key] = value
	}
	return out
}

// oursOf are the names that certgate gives its entries for the hostnames, in
// lower case: names on a gateway ignore case.
func oursOf(hosts []string) map[string]bool {
	names := map[string]bool{}
	for _, host := range hosts {
		for _, certificate := range []string{hostname.CertificateName(host), hostname.Disambiguated(host)} {
			for _, name := range []string{hostname.GatewayCertificateName(certificate), hostname.ListenerName(certificate), hostname.RuleName(certificate)} {
				names[strings.ToLower(name)] = true
			}
		}
	}
	return names
}

// differences are the paths at which two values differ.
func differences(path string, want, have any) []string {
	w, isObject := want.(object)
	h, also := have.(object)
	if isObject && also {
		var all []string
		keys := maps.Clone(w)
		maps.Copy(keys, h)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			all = append(all, differences(path+"/"+key, w[key], h[key])...)
		}
		return all
	}
	wanted, err1 := json.Marshal(want)
	had, err2 := json.Marshal(have)
	if err1 == nil && err2 == nil && string(wanted) == string(had) {
		return nil
	}
	return []string{path}
}

package vaultsim

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// memberOrder is the order in which the service writes the members of a policy,
// by the name of the object they are in. Others follow in alphabetical order.
var memberOrder = map[string][]string{
	"":           {"id", "key_props", "secret_props", "x509_props", "lifetime_actions", "issuer", "attributes"},
	"key_props":  {"exportable", "kty", "key_size", "reuse_key", "crv"},
	"x509_props": {"subject", "sans", "ekus", "key_usage", "validity_months", "basic_constraints"},
	"sans":       sanKinds,
	// of lifetime_actions' elements
	"lifetime_actions": {"trigger", "action"},
	"issuer":           {"name", "cty", "cert_transparency"},
	"attributes":       {"enabled", "created", "updated"},
}

// sanKinds are the kinds of alternative names. Newer api-versions show them all.
var sanKinds = []string{"emails", "dns_names", "upns", "uris", "ipAddresses"}

// MarshalJSON writes the members in the service's order.
func (p policy) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	err := writeMember(&out, "", map[string]any(p))
	return out.Bytes(), err
}

func writeMember(out *bytes.Buffer, name string, value any) error {
	switch value := value.(type) {
	case map[string]any:
		return writeObject(out, name, value)
	case []any:
		out.WriteByte('[')
		for i, element := range value {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := writeMember(out, name, element); err != nil {
				return err
			}
		}
		out.WriteByte(']')
		return nil
	}
	data, err := json.Marshal(value)
	out.Write(data)
	return err
}

func writeObject(out *bytes.Buffer, name string, object map[string]any) error {
	order := memberOrder[name]
	rank := func(member string) int {
		if i := slices.Index(order, member); i >= 0 {
			return i
		}
		return len(order)
	}
	members := slices.Sorted(maps.Keys(object))
	slices.SortStableFunc(members, func(a, b string) int { return rank(a) - rank(b) })
	for i, member := range members {
		out.WriteByte("{,"[min(i, 1)])
		if err := writeMember(out, "", member); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := writeMember(out, member, object[member]); err != nil {
			return err
		}
	}
	if len(members) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return nil
}

// normal is the policy as the service keeps it: key usages are sorted, and one
// of them is spelt in another way than clients send it.
func (p policy) normal() policy {
	props, _ := p["x509_props"].(map[string]any)
	given, ok := props["key_usage"].([]any)
	if !ok {
		return p
	}
	var usage []any
	var names []string
	for _, x := range given {
		name, ok := x.(string)
		if !ok {
			return p // the view of it refuses this
		}
		if name == "crlSign" {
			name = "cRLSign"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		usage = append(usage, name)
	}
	return p.merged(map[string]any{"x509_props": map[string]any{"key_usage": usage}})
}

// forVersion is the policy as replies of the api-version show it: where there
// are alternative names, newer ones name every kind of them.
func (p policy) forVersion(version string) policy {
	props, _ := p["x509_props"].(map[string]any)
	if names, ok := props["sans"].(map[string]any); !ok || names == nil || !atLeast(version, everyName) {
		return p
	}
	all := map[string]any{}
	for _, kind := range sanKinds {
		all[kind] = []any{}
	}
	return policy{"x509_props": map[string]any{"sans": all}}.merged(p)
}

package storm

import (
	"maps"
	"slices"
	"strconv"
)

// additions are what the tool has added, with what the storm planted before.
type additions struct {
	baseline object // the gateway before any certificate
	tags     object
	children map[string][]object // by collection
}

// byAnother is the value of the tool's tags.
const byAnother = "by another tool"

// addTo puts into a document what it does not have of the additions.
func (a additions) addTo(doc object) {
	if len(a.tags) > 0 {
		tags, ok := doc["tags"].(object)
		if !ok {
			tags = object{}
			doc["tags"] = tags
		}
		maps.Copy(tags, a.tags)
	}
	for collection, children := range a.children {
		list, _ := properties(doc)[collection].([]any)
		list = slices.Clone(list)
		for _, child := range children {
			if !slices.ContainsFunc(list, func(entry any) bool { o, _ := entry.(object); return o["name"] == child["name"] }) {
				list = append(list, child)
			}
		}
		properties(doc)[collection] = list
	}
}

// invent makes the entries of one intrusion: always a pool, now and then a tag,
// and a listener on port 80 with its redirect.
func invent(number int, doc object) (tag string, children map[string]object) {
	suffix := "-storm-" + strconv.Itoa(number)
	unknown := object{"note": "kept as it is", "numbers": []any{1, 2.5, nil}, "deeper": object{"still": true}}
	children = map[string]object{"backendAddressPools": {
		"name": "pool" + suffix, "x-unknown": unknown,
		"properties": object{"backendAddresses": []any{object{"fqdn": "app" + suffix + ".example", "x-unknown": number}}, "x-unknown": unknown},
	}}
	if number%2 == 0 && number < 60 {
		tag = "tag" + suffix
	}
	if number%3 == 0 && number < 60 {
		id, _ := doc["id"].(string)
		children["redirectConfigurations"] = object{"name": "redirect" + suffix,
			"properties": object{"redirectType": "Found", "targetUrl": "https://elsewhere.example", "x-unknown": unknown}}
		children["httpListeners"] = object{"name": "listener" + suffix, "properties": object{"protocol": "Http",
			"hostName":                "foreign" + suffix + ".example",
			"frontendIPConfiguration": firstOf(doc, "frontendIPConfigurations"), "frontendPort": firstOf(doc, "frontendPorts"), "x-unknown": unknown}}
		children["requestRoutingRules"] = object{"name": "rule" + suffix, "properties": object{"ruleType": "Basic", "priority": freePriority(doc),
			"httpListener":          object{"id": id + "/httpListeners/listener" + suffix},
			"redirectConfiguration": object{"id": id + "/redirectConfigurations/redirect" + suffix}}}
	}
	return tag, children
}

// firstOf refers to the first child of a collection, which every gateway has.
func firstOf(doc object, collection string) object {
	list, _ := properties(doc)[collection].([]any)
	child, _ := list[0].(object)
	return object{"id": child["id"]}
}

// freePriority is below the wildcard rule's, which is the highest number. It is of the type
// that a decoded document has, so that the next call sees it.
func freePriority(doc object) float64 {
	taken := map[float64]bool{}
	list, _ := properties(doc)["requestRoutingRules"].([]any)
	for _, entry := range list {
		rule, _ := entry.(object)
		priority, _ := properties(rule)["priority"].(float64)
		taken[priority] = true
	}
	for p := 15000; ; p++ {
		if !taken[float64(p)] {
			return float64(p)
		}
	}
}

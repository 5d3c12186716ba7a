package storm

// plant puts unknown members into a gateway's document: at the top, among
// the properties, in entries of collections and in theirs. A tool that rebuilds the
// document from what it knows would lose them.
func plant(doc object) {
	unknown := func() object {
		return object{"text": "not certgate's", "number": 12.5, "nothing": nil, "list": []any{1, "two", object{"three": true}}}
	}
	doc["x-storm"] = unknown()
	p := properties(doc)
	p["futureFeature"] = unknown()
	p["futureCollection"] = []any{object{"name": "future", "properties": object{"x-storm": unknown()}}}
	for _, collection := range []string{"frontendIPConfigurations", "frontendPorts", "backendAddressPools", "backendHttpSettingsCollection", "httpListeners", "urlPathMaps", "requestRoutingRules"} {
		list, _ := p[collection].([]any)
		for _, entry := range list {
			child, _ := entry.(object)
			child["x-storm"] = unknown()
			properties(child)["futureMember"] = unknown()
			rules, _ := properties(child)["pathRules"].([]any)
			for _, rule := range rules {
				r, _ := rule.(object)
				properties(r)["futureMember"] = unknown()
			}
		}
	}
}

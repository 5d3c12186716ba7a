package storm

import "testing"

func TestEachFormerListenerHasAPriorityOfItsOwn(t *testing.T) {
	t.Parallel()
	doc := object{"id": "gateway", "properties": object{
		"frontendIPConfigurations": []any{object{"id": "ip"}}, "backendAddressPools": []any{object{"id": "pool"}},
		"backendHttpSettingsCollection": []any{object{"id": "settings"}},
		"requestRoutingRules":           []any{object{"name": "before", "properties": object{"priority": float64(15000)}}},
	}}
	plantFormer(doc, []Life{{Begins: TakeOver, Hostnames: []string{"a.storm.test"}}, {Begins: TakeOver, Hostnames: []string{"b.storm.test"}}})
	taken := map[any]bool{}
	rules, _ := properties(doc)["requestRoutingRules"].([]any)
	for _, rule := range rules {
		child, _ := rule.(object)
		taken[properties(child)["priority"]] = true
	}
	if len(rules) != 3 || len(taken) != 3 {
		t.Errorf("%d rules have %d priorities: %v", len(rules), len(taken), taken)
	}
}

package azurestoretest

import (
	"encoding/json"
	"maps"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// Damages are what can become of a row, by name: each column and each member of its
// document missing or of another type, and the row as a whole.
func Damages(e aztables.EDMEntity) map[string]aztables.EDMEntity {
	changed := map[string]aztables.EDMEntity{}
	with := func(name string, change func(p map[string]any)) {
		bad := e
		bad.Properties = maps.Clone(e.Properties)
		change(bad.Properties)
		changed[name] = bad
	}
	for column, value := range e.Properties {
		if column == "Timestamp" {
			continue
		}
		with("without "+column, func(p map[string]any) { delete(p, column) })
		with(column+" of another type", func(p map[string]any) { p[column] = true })
		var members map[string]any
		if data, ok := value.(aztables.EDMBinary); ok && column == "Data0" && json.Unmarshal(data, &members) == nil {
			for member := range members {
				for name, other := range map[string]any{"without ": nil, "of another type ": map[string]any{"newer": []int{1}}} {
					bent := maps.Clone(members)
					if bent[member] = other; other == nil {
						delete(bent, member)
					}
					raw, _ := json.Marshal(bent)
					with("Data "+name+member, func(p map[string]any) { p[column] = aztables.EDMBinary(raw) })
				}
			}
		}
	}
	with("of a newer schema", func(p map[string]any) { p["Schema"] = int32(2) })
	with("half a document", func(p map[string]any) { p["Data2"] = aztables.EDMBinary("x") })
	with("of nothing", func(p map[string]any) { clear(p) })
	with("of a script", func(p map[string]any) { clear(p); p["Data0"] = "hello"; p["Body0"] = "hello" })
	return changed
}

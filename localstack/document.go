package localstack

import (
	"encoding/json"
	"slices"

	"certgate/localstack/armsim/gatewaydoc"
)

// listensOn reports whether a gateway document has both frontend ports. A kept
// gateway whose ports were in use this time is of no use.
func listensOn(document json.RawMessage, ports ...int) bool {
	doc, err := gatewaydoc.Parse(document)
	if err != nil {
		return false
	}
	for _, want := range ports {
		if !slices.ContainsFunc(doc.Properties.FrontendPorts, func(p gatewaydoc.Child[gatewaydoc.FrontendPort]) bool { return p.Properties.Port == want }) {
			return false
		}
	}
	return true
}

package armsim

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// stampIdentity writes the identity as the service shows it: its type in its own
// letters, and of each identity who it is, but nothing while the gateway changes.
func stampIdentity(doc object, state string) {
	identity, ok := doc["identity"].(object)
	if !ok {
		return
	}
	if kind, _ := identity["type"].(string); strings.EqualFold(kind, "UserAssigned") {
		identity["type"] = "userAssigned"
	}
	assigned, _ := identity["userAssignedIdentities"].(object)
	for id := range assigned {
		value := object{}
		if state != stateUpdating {
			value["principalId"], value["clientId"] = guidOf("principal "+id), guidOf("client "+id)
		}
		assigned[id] = value
	}
}

// guidOf is a GUID that is the same for the same text.
func guidOf(text string) string {
	b := sha256.Sum256([]byte(strings.ToLower(text)))
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

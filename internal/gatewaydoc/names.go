package gatewaydoc

import "strings"

// lastSegment is the name at the end of a resource id.
func lastSegment(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// refersTo reports whether a resource id is that of the named entry of a
// collection. Resource Manager compares ids without regard to case.
func refersTo(id, collection, name string) bool {
	at := len(id) - len(name)
	if name == "" || at < 1 || id[at-1] != '/' || !strings.EqualFold(id[at:], name) {
		return false
	}
	return strings.EqualFold(lastSegment(id[:at-1]), collection)
}

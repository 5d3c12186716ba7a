package appgateway

import (
	"strings"
)

// lastSegment is the name at the end of a resource id.
func lastSegment(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// refersTo reports whether a resource id is that of the named entry of a
// collection. ARM compares ids without regard to case.
func refersTo(id, collection, name string) bool {
	rest, ok := cutSuffixFold(id, "/"+name)
	return ok && strings.EqualFold(lastSegment(rest), collection)
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s, false
	}
	return s[:len(s)-len(suffix)], true
}

// SameSecret compares two secret ids. The portal writes versionless ids with a
// slash at the end, and hosts and names of a vault are equal in either case.
func SameSecret(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, "/"), strings.TrimRight(b, "/"))
}

package gatewaydoc

import "strings"

// covers reports whether a listener with the hostnames outer answers for one of
// inner as well. No hostnames means all of them.
func covers(outer, inner []string) bool {
	if len(outer) == 0 {
		return true
	}
	for _, pattern := range outer {
		for _, host := range inner {
			if Matches(pattern, host) {
				return true
			}
		}
	}
	return false
}

// Matches tells whether a hostname pattern of the gateway matches a name: "*" is
// any run of characters, dots included, "?" is one character.
func Matches(pattern, name string) bool {
	// The classic two-pointer match: star is where to go back to, and how far the
	// last star has eaten.
	p, n, star, eaten := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, eaten = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			eaten++
			p, n = star+1, eaten
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

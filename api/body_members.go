package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
)

// repeated returns a member that some object of a JSON text has twice. The decoder
// takes the last one, others take the first (RFC 8259 section 4): a body that says
// two things must not be read as one of them. Names count as the decoder compares
// them, without regard to case. The text must have been decoded before.
func repeated(raw []byte) (member string, found bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	var open []*container
	for {
		token, err := d.Token()
		if err != nil {
			return "", false // io.EOF: the text is sound
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 {
			if name, isName := open[len(open)-1].next(token); isName {
				if !open[len(open)-1].add(name) {
					return name, true
				}
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &container{members: map[string]bool{}})
		case json.Delim('['):
			open = append(open, &container{})
		}
	}
}

// container is an object or array whose end has not come yet.
type container struct {
	members map[string]bool // nil for an array
	valued  bool            // a member's name was read, so its value follows
}

// next tells whether a token is a member's name.
func (c *container) next(token json.Token) (name string, isName bool) {
	if c.members == nil {
		return "", false
	}
	c.valued = !c.valued
	if !c.valued {
		return "", false
	}
	name, isName = token.(string)
	return name, isName
}

// add reports false for a name that is there already.
func (c *container) add(name string) bool {
	folded := strings.Map(folded, name)
	if c.members[folded] {
		return false
	}
	c.members[folded] = true
	return true
}

// folded is the same for all characters that differ in case only, such as k, K
// and the Kelvin sign: the smallest of them.
func folded(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}

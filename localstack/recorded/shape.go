package recorded

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Line is one line of a shape: what stands at a path. Type is "" for a header
// whose value differs from reply to reply.
type Line struct{ Path, Type string }

// Shape is what a reply looks like, without what it says.
type Shape []Line

// telling are the headers whose values are part of a shape.
var telling = []string{"Azure-Asyncnotification", "Cache-Control", "Content-Type", "Expires", "Pragma", "Retry-After",
	"Strict-Transport-Security", "X-Content-Type-Options"}

// ofTransport reports whether a header is made by the HTTP server and not by
// the service behind it.
func ofTransport(header string) bool {
	return slices.Contains([]string{"Connection", "Content-Length", "Date", "Transfer-Encoding"}, http.CanonicalHeaderKey(header))
}

// Of is the shape of a reply. A body that is empty or null is none.
func Of(status int, header http.Header, body []byte) (Shape, error) {
	s := Shape{{"status", fmt.Sprint(status)}}
	for name, values := range header {
		name = http.CanonicalHeaderKey(name)
		if ofTransport(name) {
			continue
		}
		line := Line{Path: "header " + name}
		if slices.Contains(telling, name) {
			line.Type = strings.Join(values, ", ")
		}
		s = append(s, line)
	}
	slices.SortFunc(s[1:], func(a, b Line) int { return strings.Compare(a.Path, b.Path) })
	if len(bytes.TrimSpace(body)) == 0 || string(bytes.TrimSpace(body)) == "null" {
		return s, nil
	}
	n, err := read(json.NewDecoder(bytes.NewReader(body)))
	if err != nil {
		return nil, fmt.Errorf("read the body of a reply: %w", err)
	}
	return n.lines("body", s), nil
}

// Lines reads what String wrote.
func Lines(text string) (Shape, error) {
	var s Shape
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		var l Line
		switch rest, isHeader := strings.CutPrefix(line, "header "); {
		case line == "":
			continue
		case isHeader:
			name, value, _ := strings.Cut(rest, ": ")
			l = Line{"header " + name, value}
		default:
			path, kind, ok := strings.Cut(line, " ")
			if !ok {
				return nil, fmt.Errorf("%q is no line of a shape", line)
			}
			l = Line{path, kind}
		}
		s = append(s, l)
	}
	return s, nil
}

// String is the shape as it is committed.
func (s Shape) String() string {
	var out strings.Builder
	for _, l := range s {
		switch {
		case !strings.HasPrefix(l.Path, "header "):
			out.WriteString(l.Path + " " + l.Type + "\n")
		case l.Type == "":
			out.WriteString(l.Path + "\n")
		default:
			out.WriteString(l.Path + ": " + l.Type + "\n")
		}
	}
	return out.String()
}

// node is a JSON value without its content. Members keep their order.
type node struct {
	types    []string
	members  []*member
	elements *node // of an array, all of them put together; nil for an empty one
}

type member struct {
	name     string
	optional bool // not every element of the array has it
	node     *node
}

func read(d *json.Decoder) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return readArray(d)
		}
		return readObject(d)
	case string:
		return &node{types: []string{"string"}}, nil
	case float64:
		return &node{types: []string{"number"}}, nil
	case bool:
		return &node{types: []string{"boolean"}}, nil
	}
	return &node{types: []string{"null"}}, nil
}

func readObject(d *json.Decoder) (*node, error) {
	n := &node{types: []string{"object"}}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := read(d)
		if err != nil {
			return nil, err
		}
		key := name.(string)
		if strings.Contains(key, "/") {
			key = "*" // a resource's id
		}
		if old := n.member(key); old != nil {
			old.node = join(old.node, value)
			continue
		}
		n.members = append(n.members, &member{name: key, node: value})
	}
	_, err := d.Token() // the closing brace
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func readArray(d *json.Decoder) (*node, error) {
	n := &node{types: []string{"array"}}
	for d.More() {
		value, err := read(d)
		if err != nil {
			return nil, err
		}
		n.elements = join(n.elements, value)
	}
	_, err := d.Token() // the closing bracket
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (n *node) member(name string) *member {
	for _, m := range n.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// join puts two elements of an array together. A member that only the later
// one has stands behind the one that it follows there.
func join(a, b *node) *node {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	out := &node{types: slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.types, b.types)))), elements: join(a.elements, b.elements)}
	bothObjects := slices.Contains(a.types, "object") && slices.Contains(b.types, "object")
	for _, m := range a.members {
		joined := &member{m.name, m.optional, m.node}
		if other := b.member(m.name); other != nil {
			joined.node, joined.optional = join(m.node, other.node), m.optional || other.optional
		} else if bothObjects {
			joined.optional = true
		}
		out.members = append(out.members, joined)
	}
	at := 0
	for _, m := range b.members {
		if i := slices.IndexFunc(out.members, func(x *member) bool { return x.name == m.name }); i >= 0 {
			at = i + 1
			continue
		}
		out.members = slices.Insert(out.members, at, &member{m.name, m.optional || bothObjects, m.node})
		at++
	}
	return out
}

func (n *node) lines(path string, out Shape) Shape {
	out = append(out, Line{path, strings.Join(n.types, "|")})
	for _, m := range n.members {
		name := path + "." + m.name
		if m.optional {
			name += "?"
		}
		out = m.node.lines(name, out)
	}
	if n.elements != nil {
		out = n.elements.lines(path+"[]", out)
	}
	return out
}

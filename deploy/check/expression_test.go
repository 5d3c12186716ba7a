package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Cloud is what environment() tells a template.
type Cloud struct {
	Storage     string // core.windows.net
	KeyVaultDNS string // .vault.azure.net
}

// Evaluator computes the Resource Manager expressions that a snapshot leaves open:
// those that depend on the cloud, on a secret, or on what exists at the end only.
type Evaluator struct {
	Cloud Cloud
	// Parameters are the secret ones, which a snapshot leaves out.
	Parameters map[string]any
	// Reference answers for a member of a resource that exists at the end only.
	Reference func(resourceID, member string) any
}

// Value evaluates a member of a snapshot: a text in square brackets is an
// expression, anything else is itself.
func (e Evaluator) Value(v any) (any, error) {
	text, ok := v.(string)
	if !ok || !strings.HasPrefix(text, "[") || !strings.HasSuffix(text, "]") || strings.HasPrefix(text, "[[") {
		return v, nil
	}
	p := &reader{rest: text[1 : len(text)-1]}
	node, err := p.expression()
	if err == nil && strings.TrimSpace(p.rest) != "" {
		err = fmt.Errorf("%q is left over", p.rest)
	}
	if err != nil {
		return nil, fmt.Errorf("read %.60s…: %w", text, err)
	}
	return e.evaluate(node, nil)
}

// A node is a literal, or a call with what is taken of its result.
type node struct {
	literal any
	call    string
	args    []node
	members []node // .name as a literal, [expression] as itself
}

// reader takes an expression apart.
type reader struct{ rest string }

func (r *reader) next() byte {
	r.rest = strings.TrimLeft(r.rest, " \n\t")
	if r.rest == "" {
		return 0
	}
	return r.rest[0]
}

func (r *reader) expression() (node, error) {
	switch c := r.next(); {
	case c == '\'':
		return r.text()
	case c == '-' || c >= '0' && c <= '9':
		n := len(r.rest) - len(strings.TrimLeft(r.rest, "-0123456789"))
		number, err := strconv.ParseFloat(r.rest[:n], 64)
		r.rest = r.rest[n:]
		return node{literal: number}, err
	}
	n := strings.IndexByte(r.rest, '(')
	if n < 1 {
		return node{}, fmt.Errorf("no function at %.40q", r.rest)
	}
	out := node{call: r.rest[:n]}
	r.rest = r.rest[n+1:]
	for r.next() != ')' {
		arg, err := r.expression()
		if err != nil {
			return node{}, err
		}
		if out.args = append(out.args, arg); r.next() == ',' {
			r.rest = r.rest[1:]
		} else if r.next() != ')' {
			return node{}, fmt.Errorf("neither , nor ) at %.40q", r.rest)
		}
	}
	r.rest = r.rest[1:]
	return r.taken(out)
}

// taken reads the members after a call.
func (r *reader) taken(of node) (node, error) {
	for {
		switch r.next() {
		case '.':
			n := strings.IndexAny(r.rest[1:]+")", ".[],) ")
			of.members = append(of.members, node{literal: r.rest[1 : 1+n]})
			r.rest = r.rest[1+n:]
		case '[':
			r.rest = r.rest[1:]
			index, err := r.expression()
			if err != nil || r.next() != ']' {
				return node{}, fmt.Errorf("index at %.40q: %w", r.rest, err)
			}
			of.members, r.rest = append(of.members, index), r.rest[1:]
		default:
			return of, nil
		}
	}
}

// text reads a literal; a doubled quotation mark stands for one.
func (r *reader) text() (node, error) {
	var b strings.Builder
	for i := 1; i < len(r.rest); i++ {
		switch {
		case r.rest[i] != '\'':
			b.WriteByte(r.rest[i])
		case strings.HasPrefix(r.rest[i+1:], "'"):
			b.WriteByte('\'')
			i++
		default:
			r.rest = r.rest[i+1:]
			return node{literal: b.String()}, nil
		}
	}
	return node{}, fmt.Errorf("no end of the text %.40q", r.rest)
}

func (e Evaluator) evaluate(n node, scope map[string]any) (any, error) {
	if n.call == "" {
		return n.literal, nil
	}
	if n.call == "reference" {
		return e.reference(n, scope)
	}
	value, err := e.function(n, scope)
	for _, m := range n.members {
		if err != nil {
			return nil, err
		}
		var key any
		if key, err = e.evaluate(m, scope); err != nil {
			return nil, err
		}
		object, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s(…) has no member %v", n.call, key)
		}
		value = object[fmt.Sprint(key)]
	}
	return value, err
}

func (e Evaluator) reference(n node, scope map[string]any) (any, error) {
	id, err := e.evaluate(n.args[0], scope)
	if err != nil {
		return nil, err
	}
	var path []string
	for _, m := range n.members {
		path = append(path, fmt.Sprint(m.literal))
	}
	return e.Reference(fmt.Sprint(id), strings.Join(path, ".")), nil
}

func (e Evaluator) function(n node, scope map[string]any) (any, error) {
	switch n.call { // those that do not evaluate all of their arguments
	case "if":
		condition, err := e.evaluate(n.args[0], scope)
		if err != nil {
			return nil, err
		}
		if condition == true {
			return e.evaluate(n.args[1], scope)
		}
		return e.evaluate(n.args[2], scope)
	case "lambda":
		return func(values ...any) (any, error) {
			inner := map[string]any{}
			for name, v := range scope {
				inner[name] = v
			}
			for i, v := range values {
				inner[n.args[i].literal.(string)] = v
			}
			return e.evaluate(n.args[len(n.args)-1], inner)
		}, nil
	}
	args := make([]any, len(n.args))
	for i, a := range n.args {
		var err error
		if args[i], err = e.evaluate(a, scope); err != nil {
			return nil, err
		}
	}
	switch n.call {
	case "true", "false":
		return n.call == "true", nil
	case "not":
		return args[0] != true, nil
	case "and":
		return !slices.Contains(args, any(false)), nil
	case "or":
		return slices.Contains(args, any(true)), nil
	case "equals":
		return args[0] == args[1], nil
	case "empty":
		return empty(args[0]), nil
	case "format":
		text := fmt.Sprint(args[0])
		for i, a := range args[1:] {
			text = strings.ReplaceAll(text, "{"+strconv.Itoa(i)+"}", fmt.Sprint(a))
		}
		return text, nil
	case "environment":
		return map[string]any{"suffixes": map[string]any{"storage": e.Cloud.Storage, "keyvaultDns": e.Cloud.KeyVaultDNS}}, nil
	case "parameters":
		return e.Parameters[args[0].(string)], nil
	case "lambdaVariables":
		return scope[args[0].(string)], nil
	}
	return collections(n.call, args)
}

type lambda = func(...any) (any, error)

// collections are the functions on arrays and objects.
func collections(name string, args []any) (any, error) {
	switch name {
	case "createArray":
		return args, nil
	case "createObject":
		object := map[string]any{}
		for i := 0; i+1 < len(args); i += 2 {
			object[args[i].(string)] = args[i+1]
		}
		return object, nil
	case "concat":
		out := []any{}
		for _, a := range args {
			list, ok := a.([]any)
			if !ok {
				return nil, fmt.Errorf("concat of %T", a)
			}
			out = append(out, list...)
		}
		return out, nil
	case "union":
		out := map[string]any{}
		for _, a := range args {
			object, ok := a.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("union of %T", a)
			}
			for k, v := range object {
				out[k] = v
			}
		}
		return out, nil
	case "items":
		object := args[0].(map[string]any)
		var keys []string
		for k := range object {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		out := []any{}
		for _, k := range keys {
			out = append(out, map[string]any{"key": k, "value": object[k]})
		}
		return out, nil
	case "map", "filter":
		out := []any{}
		for _, v := range args[0].([]any) {
			result, err := args[1].(lambda)(v)
			if err != nil {
				return nil, err
			}
			if name == "map" {
				out = append(out, result)
			} else if result == true {
				out = append(out, v)
			}
		}
		return out, nil
	case "toObject":
		out := map[string]any{}
		for _, v := range args[0].([]any) {
			key, err := args[1].(lambda)(v)
			if err != nil {
				return nil, err
			}
			if out[key.(string)], err = args[2].(lambda)(v); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("the function %s is not known here", name)
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

package apitest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"certgate/api"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

// description is api/openapi.json, as far as replies go by it.
type description struct {
	Paths      map[string]map[string]operation
	Components struct {
		Responses map[string]response
		Headers   map[string]header
	}
	mu      sync.Mutex // of schemas, which one at a time may use
	schemas *jsonschema.Compiler
}

type operation struct {
	Responses map[string]response
}

type response struct {
	Ref     string `json:"$ref"`
	Headers map[string]header
	Content map[string]json.RawMessage
	at      string // its place in the document, as a JSON pointer
}

type header struct {
	Ref      string `json:"$ref"`
	Required bool
	Schema   struct{ Type string }
}

const document = "openapi.json"

// read asks for the description, as a client does, once for all tests of a package.
var read = sync.OnceValues(func() (*description, error) {
	ask := httptest.NewRequest(http.MethodGet, "/api/"+document, nil)
	ask.Header.Set(principal.Header, principaltest.ClientPrincipal("aad", "reader", principal.Reader))
	reply := httptest.NewRecorder()
	api.New(api.Config{SignIn: principal.New(principal.Config{ClientPrincipal: true})}).ServeHTTP(reply, ask)
	raw := reply.Body.Bytes()
	d := &description{schemas: jsonschema.NewCompiler()}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, err
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	closed(whole, false)
	d.schemas.DefaultDraft(jsonschema.Draft2020)
	d.schemas.AssertFormat()
	return d, d.schemas.AddResource(document, whole)
})

// closed makes every object take the members that are described and no others, so
// that a member without a description shows. What is part of an allOf stays open: the
// whole is closed.
func closed(at any, part bool) {
	switch at := at.(type) {
	case []any:
		for _, one := range at {
			closed(one, part)
		}
	case map[string]any:
		_, isRef := at["$ref"]
		_, whole := at["allOf"]
		_, object := at["properties"].(map[string]any)
		for name, inner := range at {
			if schemas, ok := inner.(map[string]any); ok && name == "schemas" { // those who refer to one close it
				for _, schema := range schemas {
					closed(schema, true)
				}
				continue
			}
			closed(inner, name == "allOf")
		}
		if (isRef || whole || object) && !part {
			at["unevaluatedProperties"] = false
		}
	}
}

// find is the operation of a request, whose fixed segments may be in any letter case;
// HEAD is a GET. known says whether the address is described at all.
func (d *description) find(method, address string) (at string, op operation, known, taken bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	segments, best := strings.Split(address, "/"), -1
	for path, operations := range d.Paths {
		fixed := matches(strings.Split(path, "/"), segments)
		if fixed <= best {
			continue
		}
		best, known = fixed, true
		op, taken = operations[strings.ToLower(method)]
		taken = taken && method == strings.ToUpper(method)
		at = "/paths/" + pointer(path) + "/" + strings.ToLower(method)
	}
	return at, op, known, taken
}

// matches counts the fixed segments of a path that fits; -1 if it does not.
func matches(path, segments []string) (fixed int) {
	if len(path) != len(segments) {
		return -1
	}
	for i, part := range path {
		switch {
		case strings.HasPrefix(part, "{") && segments[i] != "":
		case strings.EqualFold(part, segments[i]):
			fixed++
		default:
			return -1
		}
	}
	return fixed
}

// elsewhere are the replies at an address, or to a method, that is not described.
func (d *description) elsewhere(known bool, status string) (response, bool) {
	name, ok := map[string]string{"401": "SignInRequired", "403": "Forbidden", "503": "SignInNotChecked"}[status]
	switch {
	case known && status == "405":
		name, ok = "MethodNotAllowed", true
	case !known && status == "404":
		name, ok = "NotFound", true
	}
	r := d.Components.Responses[name]
	r.at = "/components/responses/" + name
	return r, ok
}

// of is the response that is described for a request and a status.
func (d *description) of(method, address, status string) (response, bool) {
	at, op, known, taken := d.find(method, address)
	if !taken {
		return d.elsewhere(known, status)
	}
	r, ok := op.Responses[status]
	r.at = at + "/responses/" + status
	if name, isRef := strings.CutPrefix(r.Ref, "#/components/responses/"); isRef {
		r = d.Components.Responses[name]
		r.at = "/components/responses/" + name
	}
	return r, ok
}

func (d *description) header(h header) header {
	if name, ok := strings.CutPrefix(h.Ref, "#/components/headers/"); ok {
		return d.Components.Headers[name]
	}
	return h
}

// schema is that of a body of a response.
func (d *description) schema(r response, media string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.schemas.Compile(document + "#" + r.at + "/content/" + pointer(media) + "/schema")
}

func pointer(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }

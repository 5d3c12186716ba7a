package armsim

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"

	"certgate/localstack/armsim/gatewaydoc"
)

// object is a JSON object as it came, so that members that are not known here
// come back unchanged.
type object = map[string]any

// properties is doc.properties; it is made if it is not there.
func properties(doc object) object {
	p, ok := doc["properties"].(object)
	if !ok {
		p = object{}
		doc["properties"] = p
	}
	return p
}

// children calls visit for each named child of a collection of p.
func children(p object, collection string, visit func(name string, child object)) {
	list, _ := p[collection].([]any)
	for _, entry := range list {
		child, ok := entry.(object)
		if !ok {
			continue
		}
		if name, ok := child["name"].(string); ok {
			visit(name, child)
		}
	}
}

// stamp writes what only the service writes: ids, types, etags and states of
// the gateway and of its children, and what was not sent.
func stamp(doc object, id, etag, state string) {
	p := properties(doc)
	doc["id"], doc["etag"], doc["type"] = id, etag, typeGateway
	doc["name"] = id[strings.LastIndexByte(id, '/')+1:]
	p["provisioningState"], p["resourceGuid"] = state, guidOf(id)
	stampIdentity(doc, state)
	setDefaults(p)
	for collection := range p {
		stampChildren(p, collection, id+"/"+collection, typeGateway+"/"+collection, etag, state)
	}
	dropBackReferences(p)
	addBackReferences(p)
}

func stampChildren(p object, collection, id, resourceType, etag, state string) {
	children(p, collection, func(name string, child object) {
		child["id"], child["etag"], child["type"] = id+"/"+name, etag, resourceType
		cp := properties(child)
		cp["provisioningState"] = state
		if collection == "urlPathMaps" {
			stampChildren(cp, "pathRules", id+"/"+name+"/pathRules", resourceType+"/pathRules", etag, state)
		}
	})
}

func clone(doc object) object {
	data, err := json.Marshal(doc)
	if err != nil {
		panic("armsim: " + err.Error()) // it came from JSON
	}
	out, err := decode(data)
	if err != nil {
		panic("armsim: " + err.Error())
	}
	return out
}

// view is the typed view of a document.
func view(doc object) (*gatewaydoc.Document, error) {
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode gateway document: %w", err)
	}
	return gatewaydoc.Parse(data)
}

func newGUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func newETag() string { return `W/"` + newGUID() + `"` }

// Package gatewaydoc is the document of an Application Gateway (v2): what it says,
// and how it is edited. It does no I/O; package appgateway reads and writes it.
//
// Resource Manager has no calls for single listeners, rules or certificates: every
// change is a GET of the whole document and a PUT of the whole document, and what
// the PUT leaves out is deleted. So the document is never decoded into types, which
// lose the members they do not know. It stays the text that was read, and edits are
// cut into that text: every member that is not certgate's comes back byte for byte.
//
//	doc, err := gatewaydoc.Parse(raw)
//	changed, err := doc.Want(listener, settings) // or Remove, or WantChallengePath
//	raw, err = doc.Bytes()
package gatewaydoc

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// The collections of a gateway that certgate adds to.
const (
	certificates = "sslCertificates"
	ports        = "frontendPorts"
	listeners    = "httpListeners"
	rules        = "requestRoutingRules"
	pools        = "backendAddressPools"
	settings     = "backendHttpSettingsCollection"
	pathMaps     = "urlPathMaps"
	redirects    = "redirectConfigurations"
	probes       = "probes"
)

// The collections that it only reads. TCP and TLS listeners, which stand below
// HTTP, have collections of their own; they share ports, priorities and limits with
// the others.
const (
	frontends       = "frontendIPConfigurations"
	layer4Listeners = "listeners"
	layer4Rules     = "routingRules"
)

var collections = []string{certificates, ports, listeners, rules, frontends, pools, settings, pathMaps, redirects, probes, layer4Listeners, layer4Rules}

// Document is a gateway under edit: the text as read, and for each collection
// where its entries lie in it. Only what an edit touches is written anew. It is
// not safe for concurrent use while it is edited.
type Document struct {
	raw       string // as read
	id        string
	lists     map[string]*list
	edits     int               // how many entries were added, changed or removed
	wanted    map[string]string // hostname → certificate that Want was asked for
	refreshes []string          // see refresh
	// oldRuleSet: a firewall policy of the gateway leaves it less room, see limits.
	oldRuleSet bool
}

// ErrNotAGateway says that a text is no document of an Application Gateway.
var ErrNotAGateway = errors.New("the document is not an application gateway")

// Parse reads a document. An error is an ErrNotAGateway.
func Parse(raw []byte) (*Document, error) {
	if !gjson.ValidBytes(raw) {
		return nil, ErrNotAGateway
	}
	d := &Document{raw: string(raw), lists: map[string]*list{}, wanted: map[string]string{}}
	d.id = gjson.Get(d.raw, "id").String()
	properties := gjson.Get(d.raw, "properties")
	if d.id == "" || !properties.IsObject() {
		return nil, ErrNotAGateway
	}
	for _, key := range collections {
		l, err := parseList(d.raw, properties, key)
		if err != nil {
			return nil, err
		}
		d.lists[key] = l
	}
	return d, nil
}

// Clone is a second document to edit; edits of one do not show in the other.
func (d *Document) Clone() *Document {
	c := *d
	c.lists = make(map[string]*list, len(d.lists))
	for key, l := range d.lists {
		kept := *l
		kept.entries = slices.Clone(l.entries)
		c.lists[key] = &kept
	}
	c.wanted, c.refreshes = maps.Clone(d.wanted), slices.Clone(d.refreshes)
	return &c
}

// ID is the gateway's resource id.
func (d *Document) ID() string { return d.id }

// ETag is the version that was read; "" if the document names none.
func (d *Document) ETag() string { return gjson.Get(d.raw, "etag").String() }

// Condition is what the gateway says of its last change: "Succeeded",
// "Updating", "Failed", ... It is no lock: it can leave "Updating" while the
// operation still runs.
func (d *Document) Condition() string {
	return gjson.Get(d.raw, "properties.provisioningState").String()
}

// Bytes is the document with its edits. Without any it is what was read.
func (d *Document) Bytes() ([]byte, error) {
	out, err := d.render()
	if err != nil {
		return nil, err
	}
	return d.refresh([]byte(out))
}

// Changed reports whether Bytes differs from what was read.
func (d *Document) Changed() bool {
	if d.edits == 0 && len(d.refreshes) == 0 {
		return false
	}
	now, err := d.Bytes()
	return err != nil || !bytes.Equal(now, []byte(d.raw))
}

// render cuts the modified arrays into the text, from the back, so that the
// positions of those before stay true.
func (d *Document) render() (string, error) {
	var present, absent []*list
	for _, l := range d.lists {
		switch {
		case !l.modified:
		case l.end > 0:
			present = append(present, l)
		default:
			absent = append(absent, l)
		}
	}
	slices.SortFunc(present, func(a, b *list) int { return b.at - a.at })
	out := d.raw
	for _, l := range present {
		out = out[:l.at] + l.render() + out[l.end:]
	}
	slices.SortFunc(absent, func(a, b *list) int { return strings.Compare(a.key, b.key) })
	for _, l := range absent {
		var err error
		if out, err = sjson.SetRaw(out, "properties."+l.key, l.render()); err != nil {
			return "", fmt.Errorf("add %s: %w", l.key, err)
		}
	}
	return out, nil
}

// try makes an edit completely or not at all, and tells whether it changed anything.
func (d *Document) try(edit func() error) (changed bool, err error) {
	before := d.Clone()
	if err := edit(); err != nil {
		for key, l := range before.lists {
			*d.lists[key] = *l
		}
		d.edits = before.edits
		return false, err
	}
	return d.edits != before.edits, nil
}

func (d *Document) add(collection string, entryOfOurs any) int {
	l := d.lists[collection]
	l.entries = append(l.entries, newEntry(",", encode(entryOfOurs)))
	l.modified = true
	d.edits++
	return len(l.entries) - 1
}

// set replaces one member of an entry and leaves the rest of its text alone.
func (d *Document) set(collection string, i int, path, rawValue string) error {
	l := d.lists[collection]
	e := l.entries[i]
	edited, err := sjson.SetRaw(e.raw, path, rawValue)
	if err != nil {
		return fmt.Errorf("set %s of %s %s: %w", path, l.key, e.name, err)
	}
	if edited != e.raw {
		l.entries[i] = newEntry(e.lead, edited)
		l.modified = true
		d.edits++
	}
	return nil
}

// point sets a reference that leads elsewhere.
func (d *Document) point(collection string, i int, member string, to reference) error {
	if strings.EqualFold(d.lists[collection].entries[i].get(member+".id").String(), to.ID) {
		return nil
	}
	return d.set(collection, i, member, encode(to))
}

func (d *Document) remove(collection string, i int) {
	l := d.lists[collection]
	l.entries = slices.Delete(l.entries, i, i+1)
	l.modified = true
	d.edits++
}

// ref is the JSON of a reference to an entry of this gateway.
func (d *Document) ref(collection, name string) reference {
	return reference{ID: d.id + "/" + collection + "/" + name}
}

type reference struct {
	ID string `json:"id"`
}

package appgateway

import (
	"errors"
	"fmt"
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

// frontends is the collection that it only reads.
const frontends = "frontendIPConfigurations"

// document is a gateway under edit: the text as read, and for each collection
// where its entries lie in it. Only what an edit touches is written anew.
type document struct {
	raw   string
	id    string
	lists map[string]*list
}

// list is one array under "properties".
type list struct {
	key      string
	at, end  int // where the array lies in raw; end is 0 if it is not there
	entries  []entry
	tail     string // from the last entry to the closing bracket, inclusive
	modified bool
}

// entry is one element with the text before it: a comma, white space.
type entry struct {
	lead, raw string
}

func (e entry) get(path string) gjson.Result { return gjson.Get(e.raw, path) }

func (e entry) name() string { return e.get("name").String() }

var errNotAGateway = errors.New("the document is not an application gateway")

func parse(raw []byte) (*document, error) {
	if !gjson.ValidBytes(raw) {
		return nil, errNotAGateway
	}
	d := &document{raw: string(raw), lists: map[string]*list{}}
	d.id = gjson.Get(d.raw, "id").String()
	if d.id == "" || !gjson.Get(d.raw, "properties").IsObject() {
		return nil, errNotAGateway
	}
	for _, key := range []string{certificates, ports, listeners, rules, frontends, pools, settings, pathMaps, redirects, probes} {
		l, err := parseList(d.raw, key)
		if err != nil {
			return nil, err
		}
		d.lists[key] = l
	}
	return d, nil
}

func parseList(raw, key string) (*list, error) {
	array := gjson.Get(raw, "properties."+key)
	l := &list{key: key, tail: "]"}
	switch {
	case !array.Exists():
		return l, nil
	case array.Type == gjson.Null:
		l.at, l.end = array.Index, array.Index+len(array.Raw)
		return l, nil
	case !array.IsArray():
		return nil, fmt.Errorf("%w: %s is not an array", errNotAGateway, key)
	}
	l.at, l.end = array.Index, array.Index+len(array.Raw)
	from := l.at + 1
	array.ForEach(func(_, v gjson.Result) bool {
		l.entries = append(l.entries, entry{lead: raw[from:v.Index], raw: v.Raw})
		from = v.Index + len(v.Raw)
		return true
	})
	l.tail = raw[from:l.end]
	return l, nil
}

// find returns the index of the named entry, -1 if there is none.
func (l *list) find(name string) int {
	return slices.IndexFunc(l.entries, func(e entry) bool { return strings.EqualFold(e.name(), name) })
}

func (l *list) add(raw string) int {
	l.entries = append(l.entries, entry{lead: ",", raw: raw})
	l.modified = true
	return len(l.entries) - 1
}

// set replaces one member of an entry and leaves the rest of its text alone.
func (l *list) set(i int, path, rawValue string) error {
	edited, err := sjson.SetRaw(l.entries[i].raw, path, rawValue)
	if err != nil {
		return fmt.Errorf("set %s of %s %s: %w", path, l.key, l.entries[i].name(), err)
	}
	l.entries[i].raw = edited
	l.modified = true
	return nil
}

func (l *list) remove(i int) {
	l.entries = slices.Delete(l.entries, i, i+1)
	l.modified = true
}

func (l *list) render() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, e := range l.entries {
		if i == 0 {
			e.lead = strings.ReplaceAll(e.lead, ",", "")
		}
		b.WriteString(e.lead)
		b.WriteString(e.raw)
	}
	b.WriteString(l.tail)
	return b.String()
}

// render cuts the modified arrays into the text, from the back, so that the
// positions of those before stay true.
func (d *document) render() ([]byte, error) {
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
			return nil, fmt.Errorf("add %s: %w", l.key, err)
		}
	}
	return []byte(out), nil
}

// try makes an edit completely or not at all.
func (d *document) try(edit func() error) error {
	before := make(map[string]list, len(d.lists))
	for key, l := range d.lists {
		kept := *l
		kept.entries = slices.Clone(l.entries)
		before[key] = kept
	}
	err := edit()
	if err != nil {
		for key, kept := range before {
			*d.lists[key] = kept
		}
	}
	return err
}

// ref is the JSON of a reference to an entry of this gateway.
func (d *document) ref(collection, name string) reference {
	return reference{ID: d.id + "/" + collection + "/" + name}
}

type reference struct {
	ID string `json:"id"`
}

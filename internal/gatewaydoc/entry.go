package gatewaydoc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// list is one array under "properties".
type list struct {
	key      string
	at, end  int // where the array lies in the text; end is 0 if it is not there
	entries  []*entry
	tail     string // from the last entry to the closing bracket, inclusive
	modified bool
}

func parseList(raw string, properties gjson.Result, key string) (*list, error) {
	array := properties.Get(key)
	l := &list{key: key, tail: "]"}
	if !array.Exists() {
		return l, nil
	}
	l.at, l.end = array.Index, array.Index+len(array.Raw)
	switch {
	case array.Type == gjson.Null:
		return l, nil
	case !array.IsArray():
		return nil, fmt.Errorf("%w: %s is not an array", ErrNotAGateway, key)
	}
	from := l.at + 1
	array.ForEach(func(_, v gjson.Result) bool {
		l.entries = append(l.entries, newEntry(raw[from:v.Index], v.Raw))
		from = v.Index + len(v.Raw)
		return true
	})
	l.tail = raw[from:l.end]
	return l, nil
}

// find returns the index of the named entry, -1 if there is none.
func (l *list) find(name string) int {
	return slices.IndexFunc(l.entries, func(e *entry) bool { return strings.EqualFold(e.name, name) })
}

func (l *list) render() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, e := range l.entries {
		lead := e.lead
		if i == 0 {
			lead = strings.ReplaceAll(lead, ",", "")
		}
		b.WriteString(lead)
		b.WriteString(e.raw)
	}
	b.WriteString(l.tail)
	return b.String()
}

// entry is one element of a collection. Beside its text it has the members that
// are looked at for every hostname: to find them anew each time cost a gateway of
// 99 hostnames more than all else.
type entry struct {
	lead string // the text before it: a comma, white space
	raw  string
	name string

	hosts       []string // of a listener, lower-case; none for a basic one
	protocol    string
	frontend    string // ids, as all below
	port        string
	certificate string
	listener    string // of a rule
	pathMap     string
	pool        string
	priority    int
}

func newEntry(lead, raw string) *entry {
	e := &entry{lead: lead, raw: raw, name: gjson.Get(raw, "name").String()}
	host, seen := "", map[string]bool{}
	gjson.Get(raw, "properties").ForEach(func(key, v gjson.Result) bool {
		k := key.String()
		if seen[k] { // of a member that is there twice the first counts, as everywhere here
			return true
		}
		seen[k] = true
		switch k {
		case "hostName":
			host = strings.ToLower(v.String())
		case "hostNames":
			v.ForEach(func(_, h gjson.Result) bool {
				if h.String() != "" {
					e.hosts = append(e.hosts, strings.ToLower(h.String()))
				}
				return true
			})
		case "protocol":
			e.protocol = v.String()
		case "frontendIPConfiguration":
			e.frontend = v.Get("id").String()
		case "frontendPort":
			e.port = v.Get("id").String()
		case "sslCertificate":
			e.certificate = v.Get("id").String()
		case "httpListener", "listener": // the second of a layer-4 rule
			e.listener = v.Get("id").String()
		case "urlPathMap":
			e.pathMap = v.Get("id").String()
		case "backendAddressPool":
			e.pool = v.Get("id").String()
		case "priority":
			e.priority = int(v.Int())
		}
		return true
	})
	if host != "" {
		e.hosts = append([]string{host}, e.hosts...)
	}
	return e
}

func (e *entry) get(path string) gjson.Result { return gjson.Get(e.raw, path) }

// serves reports whether a listener has the hostname among its own.
func (e *entry) serves(host string) bool { return slices.Contains(e.hosts, strings.ToLower(host)) }

// servesOnly reports whether a listener has this hostname and no other.
func (e *entry) servesOnly(host string) bool {
	return len(e.hosts) == 1 && e.hosts[0] == strings.ToLower(host)
}

func (e *entry) isHTTPS() bool { return strings.EqualFold(e.protocol, "Https") }

// unreadable reports whether a certificate entry is good and shows nothing of its
// certificate. The service hides members that are newer than the asked version; what
// a PUT of such an entry does to the certificate is not known.
func (e *entry) unreadable() bool {
	if e.get("properties.provisioningState").String() != "Succeeded" {
		return false
	}
	for _, member := range []string{"publicCertData", "keyVaultSecretId", "hsm", "data"} {
		if e.get("properties." + member).Exists() {
			return false
		}
	}
	return true
}

// secret is the Key Vault secret of a certificate entry, as written; "" if it has none.
func (e *entry) secret() string { return e.get("properties.keyVaultSecretId").String() }

// encode makes JSON of values that always have one.
func encode(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("gatewaydoc: encode: " + err.Error())
	}
	return string(raw)
}

package gatewaydoc

import (
	"slices"
	"strings"
)

// maxPublic bounds the public addresses of a gateway; an IPv4 and an IPv6 one are
// the most that is known.
const maxPublic = 4

// public reports whether a listener is on a frontend with a public IP address.
func (d *Document) public(listener *entry) bool {
	return slices.ContainsFunc(d.publicNames(), func(name string) bool { return refersTo(listener.frontend, frontends, name) })
}

// publicFrontends are the names of the frontends with a public address. Clients come
// to each of them, so each has its own listener for a hostname.
func (d *Document) publicFrontends() ([]string, error) {
	names := d.publicNames()
	if len(names) == 0 {
		return nil, NoPublicIP(d.id)
	}
	return names, nil
}

func (d *Document) publicNames() []string {
	var names []string
	for _, f := range d.lists[frontends].entries {
		if f.get("properties.publicIPAddress.id").String() != "" {
			names = append(names, f.name)
		}
	}
	return names[:min(len(names), maxPublic)]
}

// on reports whether a listener is on a frontend and a port number.
func (d *Document) on(listener *entry, frontend string, port int) bool {
	return refersTo(listener.frontend, frontends, frontend) && d.onPort(listener, port)
}

// ownPlace finds certgate's listener for a frontend and a port: the one that is
// there, else one that stands where it should not, else none (at is -1). n counts
// the listeners of a certificate, as nameOf does.
func (d *Document) ownPlace(nameOf func(n int) string, frontend string, port int) (n, at int) {
	list := d.lists[listeners]
	for n := 1; n <= maxPublic; n++ {
		if i := list.find(nameOf(n)); i >= 0 && d.on(list.entries[i], frontend, port) {
			return n, i
		}
	}
	for n := 1; ; n++ {
		i := list.find(nameOf(n))
		if i < 0 || !d.onPort(list.entries[i], port) || !d.public(list.entries[i]) {
			return n, i
		}
	}
}

// numbered reports which of the names is the given one, 0 if none is.
func numbered(nameOf func(n int) string, name string) int {
	for n := 1; n <= maxPublic; n++ {
		if strings.EqualFold(nameOf(n), name) {
			return n
		}
	}
	return 0
}

// of makes a numbered name one of a certificate.
func of(certificate string, name func(certificate string, n int) string) func(n int) string {
	return func(n int) string { return name(certificate, n) }
}

package gatewaydoc

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/hostname"
)

// Remove takes what certgate made for the named certificate out of the document:
// rules, listeners, certificate entry. What is not there is not missed. A
// certificate that something of somebody else's still uses stays as it is, and the
// error is a *durable.Failure. ChallengePath as the name is certgate's port 80.
//
// secret is the certificate's in the vault, if it is to be disabled afterwards: no
// other entry may refer to it, or its listeners die and the gateway takes no change
// any more. "" asks for the entry alone.
func (d *Document) Remove(name, secret string) (changed bool, err error) {
	if name == ChallengePath {
		return d.try(d.retireChallengePath)
	}
	return d.try(func() error {
		if err := d.retire(name); err != nil {
			return err
		}
		return d.unreferred(name, secret)
	})
}

// Released reports whether nothing of what Remove takes out is there.
func (d *Document) Released(name, secret string) bool {
	return !d.HasCertificate(name) && (secret == "" || len(d.EntriesOf(secret)) == 0)
}

// unreferred says which entries still refer to a secret, and who uses them.
func (d *Document) unreferred(name, secret string) error {
	if secret == "" {
		return nil
	}
	var there []string
	for _, entry := range d.EntriesOf(secret) {
		user := d.userOf(certificates, entry)
		if user == "" {
			user = "no listener"
		}
		there = append(there, fmt.Sprintf("%s (used by %s)", entry, user))
	}
	if len(there) == 0 {
		return nil
	}
	return refuse("The secret of %s in Key Vault is also that of the gateway's certificate %s. Give its listeners another certificate, remove it from the gateway, then ask again.",
		name, strings.Join(there, " and "))
}

func (d *Document) retire(name string) error {
	certificate := hostname.GatewayCertificateName(name)
	for _, base := range d.basesWith(name, certificate) {
		if err := d.retireSite(base, certificate); err != nil {
			return err
		}
	}
	if i := d.lists[certificates].find(certificate); i >= 0 {
		if user := d.userOf(certificates, certificate); user != "" {
			return refuse("The gateway's certificate %s is still used by %s. Give that another certificate, or remove it.", certificate, user)
		}
		d.remove(certificates, i)
	}
	return nil
}

// retireSite takes out what was made for one hostname of a certificate. A listener
// that has another certificate by now is that one's.
func (d *Document) retireSite(base, certificate string) error {
	for n := 1; n <= maxPublic; n++ {
		if i := d.lists[listeners].find(hostname.NthListenerName(base, n)); i >= 0 && !d.mayRetire(d.lists[listeners].entries[i], certificate) {
			return nil
		}
	}
	d.retireRedirect(base)
	for n := 1; n <= maxPublic; n++ {
		listener := hostname.NthListenerName(base, n)
		if i := d.lists[rules].find(hostname.NthRuleName(base, n)); i >= 0 && refersTo(d.lists[rules].entries[i].listener, listeners, listener) {
			d.remove(rules, i)
		}
		if i := d.lists[listeners].find(listener); i >= 0 {
			if user := d.userOf(listeners, listener); user != "" {
				return refuse("The listener %s is still used by %s. Change or remove that first.", listener, user)
			}
			d.remove(listeners, i)
		}
	}
	return nil
}

// mayRetire reports whether a listener goes with a certificate: it has that one, or none
// that there is.
func (d *Document) mayRetire(listener *entry, certificate string) bool {
	return refersTo(listener.certificate, certificates, certificate) || d.lists[certificates].find(lastSegment(listener.certificate)) < 0
}

// UserOf names something that uses a certificate entry, such as "httpListener shop";
// "" if nothing does. An entry that nothing uses is of no use, and does harm once
// its secret cannot be read: the gateway reads it all the same.
func (d *Document) UserOf(certificate string) string { return d.userOf(certificates, certificate) }

// userOf names an entry that refers to the given one, "" if there is none. It
// looks at every entry, whatever its kind, because the service refuses a
// document with a reference to nothing.
func (d *Document) userOf(collection, name string) string {
	user := ""
	check := func(kind, owner string, element gjson.Result) {
		if user == "" && mentions(element, collection, name) {
			user = strings.TrimSuffix(kind, "s") + " " + owner
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(d.lists)) {
		for _, e := range d.lists[kind].entries {
			check(kind, e.name, gjson.Parse(e.raw).Get("properties"))
		}
	}
	gjson.Get(d.raw, "properties").ForEach(func(kind, array gjson.Result) bool {
		if _, known := d.lists[kind.String()]; !known && array.IsArray() {
			for _, e := range array.Array() {
				check(kind.String(), e.Get("name").String(), e.Get("properties"))
			}
		}
		return true
	})
	return user
}

// mentions looks for a reference to the named entry at any depth. A list of bare
// references is not one: the service shows there, read-only, who uses the entry
// itself (a certificate has "httpListeners", a listener "requestRoutingRules").
func mentions(v gjson.Result, collection, name string) bool {
	found := false
	inList := v.IsArray()
	v.ForEach(func(key, member gjson.Result) bool {
		switch {
		case !inList && key.String() == "id" && member.Type == gjson.String:
			found = refersTo(member.String(), collection, name)
		case inList && member.Get("id").Exists() && !member.Get("properties").Exists():
		case member.IsObject(), member.IsArray():
			found = mentions(member, collection, name)
		}
		return !found
	})
	return found
}

package gatewaydoc

import (
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/inventory"
)

// The collections with certificates of authorities. v1 gateways have the last one.
const (
	clientCAs      = "trustedClientCertificates"
	backendCAs     = "trustedRootCertificates"
	authentication = "authenticationCertificates"
)

// agicTags are what the Application Gateway Ingress Controller writes on a gateway
// that it owns.
var agicTags = []string{"managed-by-k8s-ingress", "ingress-for-aks-cluster-id"}

// Inventory lists everything that has a certificate, whoever made it: the listeners
// of both collections with TLS, certificate entries that no listener uses, and the CA
// certificates for clients and for backends.
func (d *Document) Inventory() inventory.Gateway {
	out := inventory.Gateway{Ingress: d.ByIngress()}
	gjson.Get(d.raw, "identity.userAssignedIdentities").ForEach(func(_, _ gjson.Result) bool {
		out.Identity = true
		return false
	})
	users := d.users()
	for _, collection := range []string{listeners, layer4Listeners} {
		for _, l := range d.lists[collection].entries {
			if l.certificate != "" {
				out.Found = append(out.Found, d.foundListener(collection, l, users))
			}
		}
	}
	for _, c := range d.lists[certificates].entries {
		if len(users[strings.ToLower(c.name)]) == 0 {
			f := inventory.Found{Kind: inventory.KindEntry, Name: c.name, Collection: certificates, Entry: c.name}
			describeEntry(&f, c)
			out.Found = append(out.Found, f)
		}
	}
	out.Found = append(out.Found, d.authorities(clientCAs, inventory.KindClientCA)...)
	out.Found = append(out.Found, d.authorities(backendCAs, inventory.KindBackendCA)...)
	out.Found = append(out.Found, d.authorities(authentication, inventory.KindBackendCA)...)
	return out
}

// ByIngress reports whether AGIC owns the gateway.
func (d *Document) ByIngress() bool {
	for _, tag := range agicTags {
		if gjson.Get(d.raw, "tags."+tag).Exists() {
			return true
		}
	}
	return false
}

// users are the names of the listeners of each certificate entry, by its name in lower
// case.
func (d *Document) users() map[string][]string {
	users := map[string][]string{}
	for _, collection := range []string{listeners, layer4Listeners} {
		for _, l := range d.lists[collection].entries {
			if l.certificate != "" {
				entry := strings.ToLower(lastSegment(l.certificate))
				users[entry] = append(users[entry], l.name)
			}
		}
	}
	return users
}

func (d *Document) foundListener(collection string, l *entry, users map[string][]string) inventory.Found {
	f := inventory.Found{
		Kind: inventory.KindListener, Name: l.name, Collection: collection, Hostnames: l.hosts, Port: d.portOf(l),
		Entry: lastSegment(l.certificate), NoRule: !d.hasRule(collection, l.name),
	}
	for _, user := range users[strings.ToLower(f.Entry)] {
		if user != l.name {
			f.SharedWith = append(f.SharedWith, user)
		}
	}
	for _, frontend := range d.lists[frontends].entries {
		if refersTo(l.frontend, frontends, frontend.name) {
			f.PublicIP = frontend.get("properties.publicIPAddress.id").String()
			f.Public = f.PublicIP != ""
		}
	}
	if i := d.lists[certificates].find(f.Entry); i >= 0 {
		describeEntry(&f, d.lists[certificates].entries[i])
	}
	return f
}

func describeEntry(f *inventory.Found, c *entry) {
	f.SecretID, f.HSM = c.secret(), c.get("properties.hsm").IsObject()
	if data := c.get("properties.publicCertData").String(); data != "" {
		f.PublicData = []string{data}
	}
}

func (d *Document) hasRule(collection, name string) bool {
	in := rules
	if collection == layer4Listeners {
		in = layer4Rules
	}
	for _, r := range d.lists[in].entries {
		if refersTo(r.listener, collection, name) {
			return true
		}
	}
	return false
}

func (d *Document) portOf(l *entry) int {
	for _, p := range d.lists[ports].entries {
		if refersTo(l.port, ports, p.name) {
			return int(p.get("properties.port").Int())
		}
	}
	return 0
}

// authorities are the CA certificates of a collection. Those for clients show what the
// service made of the upload.
func (d *Document) authorities(collection string, kind inventory.Kind) (found []inventory.Found) {
	gjson.Get(d.raw, "properties."+collection).ForEach(func(_, v gjson.Result) bool {
		f := inventory.Found{Kind: kind, Name: v.Get("name").String(), Collection: collection, SecretID: v.Get("properties.keyVaultSecretId").String()}
		for _, member := range []string{"validatedCertData", "data"} {
			if data := v.Get("properties." + member).String(); data != "" {
				f.PublicData = []string{data}
				break
			}
		}
		found = append(found, f)
		return true
	})
	return found
}

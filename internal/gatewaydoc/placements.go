package gatewaydoc

import (
	"fmt"
	"slices"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/secretid"
)

// Placement is a listener and the Key Vault secret that its certificate comes
// from.
type Placement struct {
	Listener string
	SecretID string // as in the document: with a version if the reference is pinned
}

// Placements lists every listener with a certificate from Key Vault, whoever made
// it, in the document's order; those below HTTP last.
func (d *Document) Placements() []Placement {
	var found []Placement
	for _, l := range slices.Concat(d.lists[listeners].entries, d.lists[layer4Listeners].entries) {
		i := d.lists[certificates].find(lastSegment(l.certificate))
		if l.certificate == "" || i < 0 {
			continue
		}
		if secret := d.lists[certificates].entries[i].secret(); secret != "" {
			found = append(found, Placement{Listener: l.name, SecretID: secret})
		}
	}
	return found
}

// EntriesWith names the certificate entries that refer to a secret in just these
// words.
func (d *Document) EntriesWith(secretID string) []string {
	return slices.DeleteFunc(d.EntriesOf(secretID), func(name string) bool {
		return d.lists[certificates].entries[d.lists[certificates].find(name)].secret() != secretID
	})
}

// EntriesOf names the certificate entries that refer to a secret, whatever its
// version.
func (d *Document) EntriesOf(secret string) []string {
	var names []string
	for _, e := range d.lists[certificates].entries {
		if id := e.secret(); id != "" && secretid.Same(id, secret) {
			names = append(names, e.name)
		}
	}
	return names
}

// PublicIPs lists the ids of the public IP resources of the gateway's frontends.
func (d *Document) PublicIPs() []string {
	var ids []string
	for _, f := range d.lists[frontends].entries {
		if id := f.get("properties.publicIPAddress.id").String(); strings.HasPrefix(id, "/subscriptions/") {
			ids = append(ids, id)
		}
	}
	return ids
}

// NoPublicIP is the failure of a gateway that hostnames cannot point to.
func NoPublicIP(gatewayID string) error {
	return &durable.Failure{Code: issuance.CodeGatewayNoPublicIP, Message: fmt.Sprintf(
		"The Application Gateway %s has no public IP address, so hostnames cannot point to it. Give it a frontend with a public IP address.", lastSegment(gatewayID))}
}

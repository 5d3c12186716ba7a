package appgateway

import (
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// Stands reports whether the document has the wanted listener complete: the
// certificate entry with this secret, an HTTPS listener for the hostname that
// uses it, and a rule for that listener.
func Stands(doc []byte, l issuance.Listener) bool {
	d, err := parse(doc)
	if err != nil {
		return false
	}
	list, name := d.lists[certificates], hostname.GatewayCertificateName(l.Name)
	i := list.find(name)
	if i < 0 || !SameSecret(list.entries[i].get("properties.keyVaultSecretId").String(), l.SecretID) {
		return false
	}
	for _, r := range d.lists[rules].entries {
		e, ok := d.listenerOf(r)
		if ok && serves(e, l.Hostname) && strings.EqualFold(e.get("properties.protocol").String(), "Https") &&
			refersTo(e.get("properties.sslCertificate.id").String(), certificates, name) {
			return true
		}
	}
	return false
}

// Holds reports whether the document has a certificate entry of this name.
func Holds(doc []byte, name string) bool {
	d, err := parse(doc)
	return err == nil && d.lists[certificates].find(hostname.GatewayCertificateName(name)) >= 0
}

// Condition is what the gateway says of its last change: "Succeeded",
// "Updating", "Failed", ... It is no lock: it can leave "Updating" while the
// operation still runs.
func Condition(doc []byte) string {
	return gjson.GetBytes(doc, "properties.provisioningState").String()
}

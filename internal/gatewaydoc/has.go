package gatewaydoc

import (
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// Has is what "the listener stands" means, everywhere: the document has the
// certificate entry with this secret, an HTTPS listener for the hostname that uses
// it, on the HTTPS port and a public address, and a rule for that listener.
func (d *Document) Has(l issuance.Listener, s Settings) bool {
	name := hostname.GatewayCertificateName(l.Name)
	i := d.lists[certificates].find(name)
	if i < 0 || !SameSecret(d.lists[certificates].entries[i].get("properties.keyVaultSecretId").String(), l.SecretID) {
		return false
	}
	for _, e := range d.lists[listeners].entries {
		if e.serves(l.Hostname) && e.isHTTPS() && refersTo(e.certificate, certificates, name) &&
			d.onPort(e, s.httpsPort()) && d.public(e) && d.ruleOf(e.name) != "" {
			return true
		}
	}
	return false
}

// HasCertificate reports whether there is a certificate entry of this name,
// whatever it refers to.
func (d *Document) HasCertificate(name string) bool {
	return d.lists[certificates].find(hostname.GatewayCertificateName(name)) >= 0
}

// ruleOf names a rule that uses the listener, "" if there is none.
func (d *Document) ruleOf(listener string) string {
	for _, r := range d.lists[rules].entries {
		if refersTo(r.listener, listeners, listener) {
			return r.name
		}
	}
	return ""
}

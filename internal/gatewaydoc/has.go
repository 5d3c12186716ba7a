package gatewaydoc

import (
	"slices"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/secretid"
)

// Has is what "the listener stands" means, everywhere: the document has the
// certificate entry with this secret, whatever its name, and, on the HTTPS port of each public address,
// an HTTPS listener for each hostname that uses it, with a rule; and, if the hostnames
// are exact, nothing of ours for others.
func (d *Document) Has(l issuance.Listener, s Settings) bool {
	i := d.lists[certificates].find(d.entryFor(l))
	if i < 0 || !secretid.Equal(d.lists[certificates].entries[i].secret(), l.SecretID) {
		return false
	}
	public := d.publicNames()
	for _, frontend := range public {
		for _, host := range hostsOf(l) {
			if !slices.ContainsFunc(d.lists[listeners].entries, func(e *entry) bool {
				return e.serves(host) && e.isHTTPS() && d.hasSecret(e, l.SecretID) &&
					d.on(e, frontend, s.httpsPort()) && d.ruleOf(e.name) != ""
			}) {
				return false
			}
		}
	}
	return len(public) > 0 && !(l.Exact && len(d.others(l)) > 0)
}

// Lists reports whether there is a certificate entry with this name on the gateway.
func (d *Document) Lists(entry string) bool { return d.lists[certificates].find(entry) >= 0 }

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

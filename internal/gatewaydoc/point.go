package gatewaydoc

import (
	"certgate/internal/issuance"
	"certgate/internal/secretid"
)

// Point edits the document so that the entry refers to the secret in these words, and the
// listeners have the entry. Twice is once. What cannot be met is a *durable.Failure.
func (d *Document) Point(p issuance.Pointing) (changed bool, err error) {
	return d.try(func() error { return d.pointAll(p) })
}

func (d *Document) pointAll(p issuance.Pointing) error {
	i := d.lists[certificates].find(p.Entry)
	if i < 0 {
		return refuse("The gateway has no certificate entry %s any more.", p.Entry)
	}
	secret := d.lists[certificates].entries[i].secret()
	if p.SecretID != "" && !secretid.Same(secret, p.SecretID) {
		return refuse("The gateway's certificate entry %s refers to another secret by now (%s).", p.Entry, secret)
	}
	if p.SecretID != "" && !secretid.Equal(secret, p.SecretID) {
		if err := d.set(certificates, i, "properties.keyVaultSecretId", encode(p.SecretID)); err != nil {
			return err
		}
	}
	for _, name := range p.Listeners {
		l := d.lists[listeners].find(name)
		if l < 0 {
			return refuse("The gateway has no listener %s any more.", name)
		}
		if refersTo(d.lists[listeners].entries[l].certificate, certificates, p.Entry) {
			continue
		}
		if err := d.set(listeners, l, "properties.sslCertificate", encode(d.ref(certificates, p.Entry))); err != nil {
			return err
		}
	}
	return nil
}

// Points reports whether nothing is left to do of it.
func (d *Document) Points(p issuance.Pointing) bool {
	changed, err := d.Clone().Point(p)
	return err == nil && !changed
}

package appgateway

// Placement is a listener and the Key Vault secret that its certificate comes
// from.
type Placement struct {
	Listener string
	SecretID string // as in the document: with a version if the reference is pinned
}

// Placements lists every listener with a certificate from Key Vault, whoever made
// it, in the document's order.
func Placements(doc []byte) ([]Placement, error) {
	d, err := parse(doc)
	if err != nil {
		return nil, err
	}
	var found []Placement
	for _, l := range d.lists[listeners].entries {
		certificate := l.get("properties.sslCertificate.id").String()
		i := d.lists[certificates].find(lastSegment(certificate))
		if certificate == "" || i < 0 {
			continue
		}
		if secret := d.lists[certificates].entries[i].get("properties.keyVaultSecretId").String(); secret != "" {
			found = append(found, Placement{Listener: l.name(), SecretID: secret})
		}
	}
	return found, nil
}

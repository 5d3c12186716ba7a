package delivery

import (
	"cmp"

	"certgate/internal/delivery/manifest"
	"certgate/internal/issuance/managed"
)

// Vault is what targets are told of the vault and of the validation files.
type Vault struct {
	URL       string // https, without a trailing slash
	ID        string // its resource id; "" if it is not known
	TenantID  string // "" if it is not known
	RootFirst bool   // how a chain goes in
	FilesURL  string // of the validation files, without a SAS
}

// Document is something to deploy.
type Document struct {
	Text string // "" for nothing
	Type string // its media type
}

// Documents writes what the owner deploys so that a target serves the certificate. known
// is false if the certificate does not go to a target of this name; a target for which
// there is nothing to deploy gives an empty one.
func (d *Deliveries) Documents(r *managed.Record, name string) (out Document, known bool, err error) {
	w, ok := d.find(name, r.Hostnames)
	if !ok || w.Documents == nil {
		return Document{}, ok, nil
	}
	text, err := w.Documents(manifest.Wanted{
		Certificate: r.Name, Hostnames: w.hostnames, VaultURL: d.Vault.URL, TenantID: d.Vault.TenantID,
		RootFirst: d.Vault.RootFirst, Imported: r.Imported, FilesURL: d.Vault.FilesURL,
	})
	return Document{Text: text, Type: cmp.Or(w.Kind.DocumentType, "application/yaml")}, true, err
}

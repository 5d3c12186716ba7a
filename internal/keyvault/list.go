package keyvault

import (
	"context"
	"iter"
	"time"
)

// Summary is what a listing knows of a certificate. It has no leaf, issuer or
// policy: those cost one more call per certificate.
type Summary struct {
	Name       string
	Thumbprint []byte // SHA-1 of the current leaf (DER)
	Enabled    bool
	NotBefore  time.Time
	NotAfter   time.Time
	Tags       map[string]string
}

// Hostname is the first hostname of one of our certificates, "" for others.
func (s Summary) Hostname() string { return s.Tags[TagHostname] }

// Imported reports whether somebody uploaded the certificate.
func (s Summary) Imported() bool { return s.Tags[TagImported] == "true" }

// List yields every certificate of the vault that has a finished version, ours
// or not, in the service's order, 25 per call (the service's page size). What a
// removed first operation left behind is listed by the service and has no
// thumbprint: it is no certificate. An error ends the listing.
func (v *Vault) List(ctx context.Context) iter.Seq2[Summary, error] {
	return func(yield func(Summary, error) bool) {
		pager := v.certificates.NewListCertificatePropertiesPager(nil)
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				yield(Summary{}, v.failure("list", certificateObject(""), err))
				return
			}
			for _, item := range page.Value {
				if item == nil || len(item.X509Thumbprint) == 0 {
					continue
				}
				name, _, ok := parseID(item.ID)
				if !ok {
					continue // nothing could be done with a certificate that has no name
				}
				s := Summary{Name: name, Thumbprint: item.X509Thumbprint, Tags: values(item.Tags)}
				if a := item.Attributes; a != nil {
					s.Enabled = a.Enabled != nil && *a.Enabled
					if a.NotBefore != nil {
						s.NotBefore = *a.NotBefore
					}
					if a.Expires != nil {
						s.NotAfter = *a.Expires
					}
				}
				if !yield(s, nil) {
					return
				}
			}
		}
	}
}

// Check reads the first page of certificates: the vault answers and lets the
// identity in. It changes nothing.
func (v *Vault) Check(ctx context.Context) error {
	for _, err := range v.List(ctx) {
		return err
	}
	return nil
}

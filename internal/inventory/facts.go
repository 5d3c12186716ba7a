package inventory

import (
	"fmt"
	"strings"
)

// facts are what the gateway's document and certgate's records say of a row, to be
// compared.
func (r *Stored) facts() string {
	certificate := ""
	if (r.Source == SourceUploaded || r.ManagedCertificate != "") && r.Certificate != nil {
		certificate = r.Certificate.Thumbprint
	}
	return fmt.Sprint(strings.Join(r.Hostnames, ","), "|", r.Port, "|", r.Frontend, "|", strings.ToLower(r.Entry), "|", strings.ToLower(r.SecretID), "|", r.Pinned, "|",
		certificate, "|", r.NoRule, "|", r.NoIdentity, "|", r.ManagedCertificate, "|", r.Former, "|", r.Adopted)
}

package appgateway

import (
	"regexp"
	"strings"

	"certgate/internal/gatewaydoc"
	"certgate/internal/secretid"
)

var certificateID = regexp.MustCompile(`(?i)/sslCertificates/([A-Za-z0-9._-]*[A-Za-z0-9_])`)

// BrokenCertificates lists the gateway's certificate entries that a refusal is
// about: the gateway could not read them from the vault, or not use them. The
// service names the entry or the secret; doc, the document that was refused or
// read, leads from the secret to its entry. A secret with no entry is listed by
// its id. None means that the refusal is about something else.
func BrokenCertificates(doc *gatewaydoc.Document, r *Refusal) []string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if key := strings.ToLower(name); !seen[key] {
			seen[key] = true
			names = append(names, name)
		}
	}
	for _, text := range r.about() {
		for _, m := range certificateID.FindAllStringSubmatch(text, -1) {
			add(m[1])
		}
		for _, secret := range secretid.Find(text) {
			entries := doc.EntriesOf(secret)
			if len(entries) == 0 {
				add(secret)
			}
			for _, name := range entries {
				add(name)
			}
		}
	}
	return names
}

// about lists the sentences of a refusal that is about certificates.
func (r *Refusal) about() []string {
	concerned := certificateTrouble(r.Code)
	var texts []string
	for _, detail := range r.Details {
		if certificateTrouble(detail.Code) {
			concerned = true
			texts = append(texts, detail.Message)
		}
	}
	if !concerned {
		return nil
	}
	return append(texts, r.Message)
}

// certificateTrouble knows the codes by their parts; the service has a family of them
// (ApplicationGatewayKeyVaultSecretException, ...SecretAccessDenied, ApplicationGatewaySslCertificateInvalidData).
func certificateTrouble(code string) bool {
	return strings.Contains(code, "KeyVault") || strings.Contains(code, "SslCertificate")
}

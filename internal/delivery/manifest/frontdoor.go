package manifest

import (
	"fmt"
	"strings"
)

// FrontDoor says which profile serves, how its secret is called, and where it is.
type FrontDoor struct {
	Profile, Secret string
	Host            string // of the endpoint that stands before the gateway; "" if none does
}

const frontDoorNote = `certgate puts the secret, which follows the newest version. Deploy this once into the
resource group of the profile, after the secret is there: a domain whose name its certificate
has is approved at once, without a TXT record. Then add the domain to your route. The profile's
identity needs the role Key Vault Secrets User on the vault.`

const apexNote = `DNS: a CNAME to the host of your endpoint. At the top of a zone, where no CNAME may stand, use an
ALIAS or ANAME record, or an alias record set of Azure DNS.`

const proofNote = `Authorities come through here too: your route must take HTTP for /.well-known/acme-challenge/*
without a redirect to HTTPS, and lead it to the gateway with the Host header as it came (leave
originHostHeader of the origin empty). Or give that path a route of its own, with supportedProtocols Http and
httpsRedirect Disabled, to the blob container.`

const lockNote = `So that nobody reaches the origin past the front: let in only the service tag
AzureFrontDoor.Backend (and 168.63.129.16 and 169.254.169.254), and only requests whose header
X-Azure-FDID is this id. All customers share the addresses, so it takes both.`

const lookNote = `Let certgate's app in too: it looks at what the gateway serves.`

const hiddenNote = `certgate need not be let in: it looks at validation files, and at what clients get, through here.`

// WriteFrontDoor writes the Bicep of the domains.
func WriteFrontDoor(f FrontDoor, w Wanted) string {
	var b bicep
	b.note(w.title())
	b.note(frontDoorNote)
	if f.Host == "" {
		b.note(apexNote)
	} else {
		b.note(strings.Replace(apexNote, "the host of your endpoint", f.Host, 1))
		b.note(proofNote)
	}
	b.line("")
	b.parameter("profileName", f.Profile)
	b.line("")
	b.line("resource profile 'Microsoft.Cdn/profiles@2025-06-01' existing = {")
	b.line("  name: profileName")
	b.line("}")
	b.line("")
	b.line("resource secret 'Microsoft.Cdn/profiles/secrets@2025-06-01' existing = {")
	b.line("  parent: profile")
	b.line("  name: " + quoted(f.Secret))
	b.line("}")
	for i, hostname := range w.Hostnames {
		b.line("")
		b.line(fmt.Sprintf("resource domain%d 'Microsoft.Cdn/profiles/customDomains@2025-06-01' = {", i+1))
		b.line("  parent: profile")
		b.line("  name: " + quoted(strings.ReplaceAll(strings.Replace(hostname, "*", "wildcard", 1), ".", "-")))
		b.line("  properties: {")
		b.line("    hostName: " + quoted(hostname))
		b.line("    tlsSettings: {")
		b.line("      certificateType: 'CustomerCertificate'")
		b.line("      minimumTlsVersion: 'TLS12'")
		b.line("      secret: {")
		b.line("        id: secret.id")
		b.line("      }")
		b.line("    }")
		b.line("  }")
		b.line("}")
	}
	b.line("")
	b.note(lockNote)
	if f.Host == "" {
		b.note(lookNote)
	} else {
		b.note(hiddenNote)
	}
	b.line("output frontDoorId string = profile.properties.frontDoorId")
	return b.String()
}

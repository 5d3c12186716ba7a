package manifest

import "strings"

// Machine says where the Key Vault extension of a virtual machine puts a certificate.
type Machine struct {
	Name     string // of the machine; "" leaves it to who deploys
	Windows  bool
	ClientID string // of the user-assigned identity that reads the vault; "" is the machine's own
}

const machineNote = `One extension of a machine watches all of its certificates: add this one to those that it
has, else they are forgotten. The machine's identity needs the role Key Vault Secrets User on the vault. `

const onLinux = `It writes PEM files below /var/lib/waagent/Microsoft.Azure.KeyVault.Store. The server has
to read them again, by a timer or a watch on the folder: no reload, no new certificate.`

const onWindows = `It puts the certificate into the store of the machine and links it to the one before, so
that a binding of IIS with "rebind" follows.`

// WriteMachine writes the Bicep of the extension.
func WriteMachine(m Machine, w Wanted) string {
	var b bicep
	kind, note := "KeyVaultForLinux", onLinux
	if m.Windows {
		kind, note = "KeyVaultForWindows", onWindows
	}
	b.note(w.title())
	b.note(machineNote + note)
	b.line("")
	b.parameter("machineName", m.Name)
	b.line("param location string = resourceGroup().location")
	b.line("")
	b.line("resource machine 'Microsoft.Compute/virtualMachines@2024-07-01' existing = {")
	b.line("  name: machineName")
	b.line("}")
	b.line("")
	b.line("resource certificates 'Microsoft.Compute/virtualMachines/extensions@2024-07-01' = {")
	b.line("  parent: machine")
	b.line("  name: '" + kind + "'")
	b.line("  location: location")
	b.line("  properties: {")
	b.line("    publisher: 'Microsoft.Azure.KeyVault'")
	b.line("    type: '" + kind + "'")
	b.line("    typeHandlerVersion: '3.0'")
	b.line("    autoUpgradeMinorVersion: true")
	b.line("    settings: {")
	b.line("      secretsManagementSettings: {")
	b.line("        pollingIntervalInS: '3600'")
	if m.Windows {
		b.line("        linkOnRenewal: true")
	}
	b.line("        observedCertificates: [")
	b.line("          {")
	b.line("            #disable-next-line no-hardcoded-env-urls // the vault is in one cloud")
	b.line("            url: " + quoted(w.VaultURL+"/secrets/"+w.Certificate))
	if m.Windows {
		b.line("            certificateStoreName: 'MY'")
		b.line("            certificateStoreLocation: 'LocalMachine'")
	} else {
		b.line("            certificateStoreLocation: '/var/lib/waagent/Microsoft.Azure.KeyVault.Store'")
	}
	b.line("          }")
	b.line("        ]")
	b.line("      }")
	if m.ClientID != "" {
		b.line("      authenticationSettings: {")
		b.line("        msiEndpoint: 'http://169.254.169.254/metadata/identity/oauth2/token'")
		b.line("        msiClientId: " + quoted(m.ClientID))
		b.line("      }")
	}
	b.line("    }")
	b.line("  }")
	b.line("}")
	return b.String()
}

// bicep is a Bicep file that is written.
type bicep struct{ strings.Builder }

func (b *bicep) line(text string) { b.WriteString(text + "\n") }

func (b *bicep) note(text string) {
	for _, line := range wrap(text) {
		b.line("// " + line)
	}
}

// parameter is one that is asked for where nothing is known.
func (b *bicep) parameter(name, value string) {
	if value == "" {
		b.line("param " + name + " string")
		return
	}
	b.line("param " + name + " string = " + quoted(value))
}

// quoted is a Bicep string.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, `${`, `\${`).Replace(text) + "'"
}

// title says which certificate it is for.
func (w Wanted) title() string {
	return "The certificate " + w.Certificate + " of " + w.VaultURL + ", for " + strings.Join(w.Hostnames, ", ") + "."
}

package settings

import (
	"slices"

	"certgate/internal/delivery/target"
)

// Setting describes one setting.
type Setting struct {
	Name     string
	Meaning  string // for the README's table: a clause without a full stop
	Example  string
	Default  string // "" for none
	Choices  []string
	Required bool
	// Unless names the family whose members make a required setting needless.
	Unless string
	// OfEach is Required for a setting of a family: every member must have it.
	OfEach bool
	Secret bool
	read   func(s *Settings, value string) error
	readOf func(s *Settings, name, value string) error // in place of read, in a family
}

// storageName is the host's own storage setting. Queue triggers are bound to it.
const storageName = "AzureWebJobsStorage"

const exampleGUID = "00000000-0000-0000-0000-000000000000"

// All lists every setting, in the order to read about them. AzureWebJobsStorage
// and its identity-based members are required as a group.
func All() []Setting {
	return slices.Concat(issuerSettings(), cloudSettings(), gatewaySettings(), moreGatewaySettings(), certificateSettings(), dnsSettings(), storageSettings(), signInSettings(), notificationSettings(), liveSettings(), telemetrySettings(), hostSettings())
}

func gatewaySettings() []Setting {
	return []Setting{
		{Name: "TenantId", Example: exampleGUID,
			Meaning: "Entra tenant of the app's identity", read: into(func(s *Settings) *string { return &s.TenantID }, guid)},
		{Name: "SubscriptionId", Required: true, Example: exampleGUID,
			Meaning: "subscription of the gateway", read: into(func(s *Settings) *string { return &s.SubscriptionID }, guid)},
		{Name: "ApplicationGatewayResourceGroup", Required: true, Example: "network-rg",
			Meaning: "resource group of the gateway", read: into(func(s *Settings) *string { return &s.Gateway.ResourceGroup }, resourceGroup)},
		{Name: "ApplicationGatewayName", Required: true, Example: "shared-gateway",
			Meaning: "name of the gateway", read: into(func(s *Settings) *string { return &s.Gateway.Name }, gatewayPart)},
		{Name: "ApplicationGatewayHttpSettingsName", Required: true, Example: "app-https-settings",
			Meaning: "backend settings of the gateway that new rules use", read: into(func(s *Settings) *string { return &s.Gateway.BackendSettingsName }, gatewayPart)},
		{Name: "ApplicationGatewayBackendName", Required: true, Example: "app-backend",
			Meaning: "backend pool of the gateway that new rules use", read: into(func(s *Settings) *string { return &s.Gateway.BackendPoolName }, gatewayPart)},
		{Name: "ApplicationGatewayHttpPort", Default: "80", Example: "80",
			Meaning: "port where the gateway's public port 80 is reached; differs on the local stack only", read: into(func(s *Settings) *int { return &s.Gateway.HTTPPort }, port)},
		{Name: "ApplicationGatewayHttpsPort", Default: "443", Example: "443",
			Meaning: "port where the gateway's public port 443 is reached; differs on the local stack only", read: into(func(s *Settings) *int { return &s.Gateway.HTTPSPort }, port)},
		{Name: "ManageHttpListener", Default: "false", Example: "true", Choices: []string{"true", "false"},
			Meaning: "let certgate make the gateway's port-80 side as well, validation path and redirects; costs one listener more per hostname",
			read:    into(func(s *Settings) *bool { return &s.Gateway.ManageHTTPListener }, func(v string) (bool, error) { return v == "true", nil })},
	}
}

func certificateSettings() []Setting {
	return []Setting{
		{Name: "BlobContainerUrl", Required: true, Secret: true, Example: "https://acmefiles.blob.core.windows.net/challenges",
			Meaning: "container of the validation files that the gateway serves; a SAS in it is used in place of the identity", read: into(func(s *Settings) *Secret { return &s.BlobContainerURL }, containerURL)},
		{Name: "ChallengeWebsiteUrl", Example: websiteExample,
			Meaning: "static website endpoint of the account if `BlobContainerUrl` ends in `/$web`: where the gateway reads the validation files", read: into(func(s *Settings) *string { return &s.WebsiteURL }, bareURL)},
		{Name: "KeyVaultBaseUrl", Required: true, Example: "https://certificates.vault.azure.net",
			Meaning: "vault of keys and certificates", read: into(func(s *Settings) *string { return &s.KeyVaultURL }, bareURL)},
		{Name: "KeyVaultResourceId", Example: "/subscriptions/" + exampleGUID + "/resourceGroups/certificates-rg/providers/Microsoft.KeyVault/vaults/certificates",
			Meaning: "resource id of that vault, for targets in `InstallTargets` that ask for it", read: into(func(s *Settings) *string { return &s.KeyVaultID }, vaultID)},
		{Name: "CertificateKeyType", Example: "EC-P256", Choices: []string{"RSA-2048", "RSA-3072", "RSA-4096", "EC-P256", "EC-P384"},
			Meaning: "kind of key for new certificates; without it RSA-2048, and certificates that were taken over keep theirs", read: into(func(s *Settings) *string { return &s.KeyType }, anyText)},
		{Name: "CertificateChainOrder", Default: "leaf-first", Example: "leaf-first", Choices: []string{"leaf-first", "root-first"},
			Meaning: "order in which the chain goes to Key Vault", read: into(func(s *Settings) *string { return &s.ChainOrder }, anyText)},
		{Name: "InstallTargets", Example: `{"mail":{"kind":"endpoint","for":["mail.example.com"],"endpoints":[":465",":993"]}}`,
			Meaning: "what serves certificates beside the gateway, a JSON object of targets by name; [docs/delivery.md](docs/delivery.md) has the kinds", read: into(func(s *Settings) *[]target.Target { return &s.Targets }, target.Read)},
		{Name: "DnsResolvers", Example: "1.1.1.1,8.8.8.8:53",
			Meaning: "DNS servers to ask, a comma list of host or host:port; without it in Azure 1.1.1.1 and 8.8.8.8, and the system's where those do not answer; elsewhere the system's", read: into(func(s *Settings) *[]string { return &s.DNSServers }, servers)},
	}
}

func storageSettings() []Setting {
	return []Setting{
		{Name: storageName, Secret: true, Example: "UseDevelopmentStorage=true",
			Meaning: "storage of the host and the engine as a connection string, for the emulator; use the members below in Azure", read: readConnectionString},
		{Name: storageName + "__accountName", Example: "certgatestate",
			Meaning: "the same by identity: account in the public cloud", read: into(func(s *Settings) *string { return &s.Storage.AccountName }, storageAccount)},
		{Name: storageName + "__blobServiceUri", Example: "https://certgatestate.blob.core.windows.net",
			Meaning: "the same by identity: blob endpoint, in place of the account name", read: into(func(s *Settings) *string { return &s.Storage.BlobURL }, bareURL)},
		{Name: storageName + "__queueServiceUri", Example: "https://certgatestate.queue.core.windows.net",
			Meaning: "the same by identity: queue endpoint, in place of the account name", read: into(func(s *Settings) *string { return &s.Storage.QueueURL }, bareURL)},
		{Name: storageName + "__tableServiceUri", Example: "https://certgatestate.table.core.windows.net",
			Meaning: "the same by identity: table endpoint, in place of the account name", read: into(func(s *Settings) *string { return &s.Storage.TableURL }, bareURL)},
		{Name: storageName + "__clientId", Example: exampleGUID,
			Meaning: "client id of the user-assigned identity for storage", read: into(func(s *Settings) *string { return &s.Storage.ClientID }, guid)},
		{Name: storageName + "__credential", Example: "managedidentity", Choices: []string{"managedidentity"},
			Meaning: "says to the host that storage is reached by managed identity: the system-assigned one, or with `AzureWebJobsStorage__clientId` that one", read: func(*Settings, string) error { return nil }},
	}
}

func hostSettings() []Setting {
	return []Setting{
		{Name: "PublicBaseUrl", Example: "https://certificates.example.com",
			Meaning: "address under which callers reach `/api`, for the addresses in replies; needed behind Front Door, API Management and the like; without it the one that the platform in front passes on, or the Function app's own", read: into(func(s *Settings) *string { return &s.PublicURL }, publicURL)},
		{Name: "AZURE_CLIENT_ID", Example: exampleGUID,
			Meaning: "client id of the app's user-assigned identity; without it the system-assigned one", read: into(func(s *Settings) *string { return &s.ClientID }, guid)},
		{Name: "FUNCTIONS_CUSTOMHANDLER_PORT", Default: "8080", Example: "8080",
			Meaning: "port to listen on; the Functions host sets it", read: into(func(s *Settings) *int { return &s.Port }, port)},
		{Name: "HistoryRetentionDays", Default: "90", Example: "90",
			Meaning: "days for which an instance that has ended is kept, with its history", read: into(func(s *Settings) *int { return &s.HistoryRetentionDays }, retentionDays)},
		{Name: "LogLevel", Default: "information", Example: "information", Choices: []string{"debug", "information", "warning", "error"},
			Meaning: "least severe level of the log", read: readLogLevel},
	}
}

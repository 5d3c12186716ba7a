package settings

import (
	"net/url"
	"strings"
)

// The clouds, by the names that `az cloud list` prints.
const (
	PublicCloud     = "AzureCloud"
	GovernmentCloud = "AzureUSGovernment"
	ChinaCloud      = "AzureChinaCloud"
)

// suffixes are the ends of addresses in each cloud: vaults, storage.
var suffixes = map[string][]string{
	PublicCloud:     {".vault.azure.net", ".core.windows.net"},
	GovernmentCloud: {".vault.usgovcloudapi.net", ".core.usgovcloudapi.net"},
	ChinaCloud:      {".vault.azure.cn", ".core.chinacloudapi.cn"},
}

func cloudSettings() []Setting {
	return []Setting{
		{Name: "AzureCloud", Default: PublicCloud, Example: GovernmentCloud, Choices: []string{PublicCloud, GovernmentCloud, ChinaCloud},
			Meaning: "cloud of the gateway, the vault and the storage: it decides where tokens come from and where Resource Manager is", read: into(func(s *Settings) *string { return &s.Cloud }, anyText)},
	}
}

// finishCloud finds addresses of another cloud: what signs in to one is unknown in
// the next.
func (s *Settings) finishCloud(values map[string]string) (faults Faults) {
	if s.Cloud == "" {
		return nil // the setting has a fault of its own
	}
	for _, setting := range []string{"KeyVaultBaseUrl", "BlobContainerUrl", "ChallengeWebsiteUrl", storageName + "__blobServiceUri", storageName + "__queueServiceUri", storageName + "__tableServiceUri"} {
		if other := cloudOf(values[setting]); other != "" && other != s.Cloud {
			faults = append(faults, Fault{Setting: setting, Problem: "is an address of " + other + ", and AzureCloud is " + s.Cloud,
				Fix: "Set AzureCloud to \"" + other + "\", or correct the address."})
		}
	}
	if name := storageName + "__accountName"; s.Cloud != PublicCloud && values[name] != "" && (values[storageName+"__blobServiceUri"] == "" || values[storageName+"__queueServiceUri"] == "" || values[storageName+"__tableServiceUri"] == "") {
		faults = append(faults, Fault{Setting: name, Problem: "stands for an account of the public cloud, and AzureCloud is " + s.Cloud,
			Fix: "Set " + storageName + "__blobServiceUri, __queueServiceUri and __tableServiceUri in its place."})
	}
	return faults
}

// cloudOf is the cloud whose address a URL has; "" for any other.
func cloudOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	for name, ends := range suffixes {
		for _, end := range ends {
			if strings.HasSuffix(strings.ToLower(u.Hostname()), end) {
				return name
			}
		}
	}
	return ""
}

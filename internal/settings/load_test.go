package settings_test

import (
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"certgate/internal/alert"
	"certgate/internal/settings"
)

// valid is the smallest complete environment, as on the local stack.
func valid() map[string]string {
	return map[string]string{
		"AcmeEndpoint":                       "https://127.0.0.1:14000/dir",
		"SubscriptionId":                     "11111111-2222-3333-4444-555555555555",
		"ApplicationGatewayResourceGroup":    "rg",
		"ApplicationGatewayName":             "gw",
		"ApplicationGatewayHttpSettingsName": "settings",
		"ApplicationGatewayBackendName":      "backend",
		"BlobContainerUrl":                   "http://127.0.0.1:10000/devstoreaccount1/challenges/",
		"KeyVaultBaseUrl":                    "https://127.0.0.1:8443/",
		"AzureWebJobsStorage":                "UseDevelopmentStorage=true",
		"WEBSITE_AUTH_ENABLED":               "True",
		"FUNCTIONS_CUSTOMHANDLER_PORT":       "5001",
	}
}

// with is the valid environment with some entries changed; "" removes one.
func with(changes map[string]string) []string {
	env := valid()
	maps.Copy(env, changes)
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	return environ
}

func TestTheSmallestEnvironmentIsFilledUpWithDefaults(t *testing.T) {
	t.Parallel()
	got, err := settings.Load(with(nil))
	if err != nil {
		t.Fatal(err)
	}
	const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	want := settings.Settings{
		Issuers:        []settings.Issuer{{Name: "default", Preferred: true, Endpoint: "https://127.0.0.1:14000/dir"}},
		IssuerPatience: 30 * time.Minute,
		Cloud:          settings.PublicCloud,
		SubscriptionID: "11111111-2222-3333-4444-555555555555",
		Gateway: settings.Gateway{ResourceGroup: "rg", Name: "gw", BackendSettingsName: "settings", BackendPoolName: "backend",
			HTTPPort: 80, HTTPSPort: 443},
		BlobContainerURL: "http://127.0.0.1:10000/devstoreaccount1/challenges",
		KeyVaultURL:      "https://127.0.0.1:8443",
		ChainOrder:       "leaf-first",
		DNS:              settings.DNS{Check: "authoritative", DefaultValidation: "auto", AuthorityPort: 53},
		Storage: settings.Storage{
			ConnectionString: "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=" + key +
				";BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;",
			AccountName: "devstoreaccount1", AccountKey: key,
			BlobURL: "http://127.0.0.1:10000/devstoreaccount1", QueueURL: "http://127.0.0.1:10001/devstoreaccount1", TableURL: "http://127.0.0.1:10002/devstoreaccount1",
		},
		SignIn:        settings.SignIn{ClientPrincipal: true, RolesClaim: "roles"},
		Notifications: settings.Notifications{Events: []alert.Kind{"failed", "overdue", "notServed", "notDelivered", "expiring", "blocked", "recovered"}},
		Telemetry:     settings.Telemetry{ServiceName: "certgate"},
		Port:          5001,
		LogLevel:      slog.LevelInfo,

		WebPubSub: settings.WebPubSub{Hub: "certgate"}, HistoryRetentionDays: 90,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(settings.Settings{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	const id, own = "99999999-2222-3333-4444-555555555555", "88888888-2222-3333-4444-555555555555"
	got, err := settings.Load(with(map[string]string{
		"AcmeAccountEmail": "ops@example.com", "AcmeProfile": "tlsserver", "AcmeEabKeyId": "kid-1", "AcmeEabHmacKey": "c2l4dGVlbi1ieXRlcy1vZi1rZXk+Pz8=", "IssuerPatienceMinutes": "5",
		"TenantId": id, "ApplicationGatewayHttpPort": "8080", "ApplicationGatewayHttpsPort": "8443",
		"AzureCloud": "azurecloud", "ChallengeWebsiteUrl": "https://acct.z6.web.core.windows.net/",
		"BlobContainerUrl":   "https://acct.blob.core.windows.net/$web?sv=1&sig=s3cret",
		"CertificateKeyType": "ec-p384", "CertificateChainOrder": "root-first",
		"DnsResolvers":        " 1.1.1.1, 8.8.8.8:5353,[2606:4700::1111]:53, 2606:4700::1001,dns.test, 1.1.1.1:53,",
		"AzureWebJobsStorage": "", "AzureWebJobsStorage__accountName": "certgatestate",
		"AzureWebJobsStorage__clientId": own, "AzureWebJobsStorage__credential": "managedIdentity",
		"WEBSITE_AUTH_ENABLED": "False", "JwtIssuer": "https://sts.windows.net/" + id + "/", "JwtAudience": "api://certgate",
		"JwtRolesClaim": "app_roles", "JwtRequiredClaim": "azp=" + own, "JwtRequiredClaimRole": "Operator",
		"SiteRoles":                   id + "=Admin, certgate.Operator = operator,",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otlp.example:4318/", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=s3cret", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_SERVICE_NAME": "certgate-test",
		"NotificationWebhooks": "json=https://ops.example/s3cret", "NotificationEvents": "Failed, notserved", "NotificationSecret": "0123456789abcdef",
		"AZURE_CLIENT_ID": id, "HistoryRetentionDays": "30", "EventStreams": "20", "WebPubSubEndpoint": "https://certgate.webpubsub.azure.com/", "WebPubSubHub": "certs", "LogLevel": "Debug", "PublicBaseUrl": "https://certs.example/",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := settings.Settings{
		Issuers: []settings.Issuer{{Name: "default", Preferred: true, Endpoint: "https://127.0.0.1:14000/dir", AccountEmail: "ops@example.com", Profile: "tlsserver",
			EABKeyID: "kid-1", EABHMACKey: "c2l4dGVlbi1ieXRlcy1vZi1rZXk-Pz8"}},
		IssuerPatience: 5 * time.Minute,
		Cloud:          settings.PublicCloud, TenantID: id, SubscriptionID: "11111111-2222-3333-4444-555555555555",
		Gateway: settings.Gateway{ResourceGroup: "rg", Name: "gw", BackendSettingsName: "settings", BackendPoolName: "backend",
			HTTPPort: 8080, HTTPSPort: 8443},
		BlobContainerURL: "https://acct.blob.core.windows.net/$web?sv=1&sig=s3cret", WebsiteURL: "https://acct.z6.web.core.windows.net",
		KeyVaultURL: "https://127.0.0.1:8443", KeyType: "EC-P384", ChainOrder: "root-first",
		DNSServers: []string{"1.1.1.1:53", "8.8.8.8:5353", "[2606:4700::1111]:53", "[2606:4700::1001]:53", "dns.test:53"},
		DNS:        settings.DNS{Check: "authoritative", DefaultValidation: "auto", AuthorityPort: 53},
		Storage: settings.Storage{AccountName: "certgatestate", ClientID: own, BlobURL: "https://certgatestate.blob.core.windows.net",
			QueueURL: "https://certgatestate.queue.core.windows.net", TableURL: "https://certgatestate.table.core.windows.net"},
		SignIn: settings.SignIn{Issuer: "https://sts.windows.net/" + id + "/", Audience: "api://certgate",
			RolesClaim: "app_roles", RequiredClaim: "azp=" + own, RequiredClaimRole: "operator",
			SiteRoles: []settings.SiteRole{{Value: id, Role: "admin"}, {Value: "certgate.Operator", Role: "operator"}}},
		Telemetry: settings.Telemetry{Endpoint: "https://otlp.example:4318", Headers: map[string]settings.Secret{"api-key": "s3cret"}, ServiceName: "certgate-test"},
		Notifications: settings.Notifications{Webhooks: []settings.Webhook{{Kind: "json", URL: "https://ops.example/s3cret"}},
			Events: []alert.Kind{"failed", "notServed"}, Secret: "0123456789abcdef"},
		PublicURL: "https://certs.example", ClientID: id, Port: 5001, LogLevel: slog.LevelDebug, HistoryRetentionDays: 30, EventStreams: 20, WebPubSub: settings.WebPubSub{Endpoint: "https://certgate.webpubsub.azure.com", Hub: "certs"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(settings.Settings{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := settings.Load(nil)
	var faults settings.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	reported := map[string]bool{}
	for _, f := range faults {
		reported[f.Setting] = true
		if f.Problem == "" || f.Fix == "" {
			t.Errorf("%s: %q has no problem or no fix", f.Setting, f)
		}
	}
	for _, s := range settings.All() {
		if s.Required && !reported[s.Name] {
			t.Errorf("%s is missing, and nothing says so", s.Name)
		}
	}
	if !reported["AzureWebJobsStorage__accountName"] || !strings.Contains(err.Error(), "UseDevelopmentStorage=true") {
		t.Errorf("the storage is missing, and nothing says so: %v", err)
	}
}

func TestAFaultNamesTheSettingTheProblemAndTheFix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, says string }{
		{"AcmeEndpoint", "http://ca.example/dir", "is not an https URL"},
		{"AcmeEndpoint", "ca.example", "is not a URL"},
		{"AcmeEndpoint", "https://me:pw@ca.example/dir", "credentials"},
		{"AcmeEndpoint", "<your CA>", "placeholder"},
		{"AcmeEndpoint", `"https://ca.example"`, "quotation mark"},
		{"AcmeEndpoint", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)", "Key Vault Secrets User"},
		{"AcmeAccountEmail", "mailto:ops@example.com", "mailto:"},
		{"AcmeAccountEmail", "Ops <ops@example.com>", "plain e-mail"},
		{"AcmeAccountEmail", "ops@localhost", "public domain"},
		{"AcmeProfile", "tls server", "certificate profile"},
		{"AcmeEabKeyId", "kid-1", "AcmeEabHmacKey is missing, but AcmeEabKeyId is set"},
		{"AcmeEabHmacKey", "c2l4dGVlbi1ieXRlcy1vZi1rZXk", "AcmeEabKeyId is missing"},
		{"AcmeEabHmacKey", "not base64!", "is not base64"},
		{"AcmeEabHmacKey", "a2lkLTE", "key id?"},
		{"TenantId", "contoso.onmicrosoft.com", "GUID"},
		{"SubscriptionId", "My Subscription", "GUID"},
		{"SubscriptionId", "", "is missing (subscription of the gateway)"},
		{"ApplicationGatewayResourceGroup", "rg.", "resource group"},
		{"ApplicationGatewayResourceGroup", strings.Repeat("r", 91), "90 characters"},
		{"ApplicationGatewayName", "/subscriptions/x/applicationGateways/gw", "an id is not a name"},
		{"ApplicationGatewayName", strings.Repeat("x", 81), "has a value of 81 characters"},
		{"ApplicationGatewayHttpPort", "0", "1 to 65535"},
		{"ApplicationGatewayHttpsPort", "https", "1 to 65535"},
		{"BlobContainerUrl", "http://acct.blob.core.windows.net/challenges", "not an https URL"},
		{"BlobContainerUrl", "https://acct.blob.core.windows.net/", "names no container"},
		{"BlobContainerUrl", "http://127.0.0.1:10000/devstoreaccount1", "names no container"},
		{"BlobContainerUrl", "https://acct.blob.core.windows.net/a/b", "leads into a container"},
		{"BlobContainerUrl", "https://acct.blob.core.windows.net/Challenges", "name of a container"},
		{"BlobContainerUrl", "https://acct.blob.core.windows.net/challenges?restype=container", "not a shared access signature"},
		{"KeyVaultBaseUrl", "https://v.vault.azure.net/certificates", "path"},
		{"KeyVaultBaseUrl", "https://v.vault.azure.cn", "an address of AzureChinaCloud, and AzureCloud is AzureCloud"},
		{"BlobContainerUrl", "https://acct.blob.core.usgovcloudapi.net/challenges", "Set AzureCloud to \"AzureUSGovernment\""},
		{"AzureCloud", "AzureGermanCloud", "none of AzureCloud, AzureUSGovernment, AzureChinaCloud"},
		{"ChallengeWebsiteUrl", "https://acct.z6.web.core.windows.net", "no container of a static website"},
		{"ChallengeWebsiteUrl", "https://acct.z6.web.core.windows.net/files", "path"},
		{"SiteRoles", "admins", "not value=role"},
		{"SiteRoles", "admins=owner", "none of reader, operator, admin"},
		{"SiteRoles", "a=admin,A=reader", "twice"},
		{"SiteRoles", ",", "names no group"},
		{"KeyVaultBaseUrl", "http://127.0.0.1:8443", "https"},
		{"KeyVaultResourceId", "certificates", "is not the resource id of a vault"},
		{"InstallTargets", `{"mail":{"kind":"endpoint"}}`, "is for no hostname"},
		{"CertificateKeyType", "RSA-1024", "none of RSA-2048, RSA-3072, RSA-4096, EC-P256, EC-P384"},
		{"CertificateChainOrder", "first", "leaf-first, root-first"},
		{"DnsResolvers", "1.1.1.1:dns", "port"},
		{"DnsResolvers", "1.1.1.1;8.8.8.8", "no DNS server"},
		{"DnsResolvers", ",", "names no server"},
		{"TrustClientPrincipalHeader", "yes", "none of true, false"},
		{"JwtIssuer", "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0", "JwtAudience is missing"},
		{"JwtIssuer", "http://issuer.example", "is not an https URL"},
		{"JwtIssuer", "https://issuer.example/?tenant=1", "query"},
		{"JwtIssuer", "https://login.microsoftonline.com/common/v2.0", "any tenant"},
		{"JwtIssuer", "https://issuer.example/.well-known/openid-configuration", "discovery document"},
		{"JwtAudience", "api://certgate", "JwtIssuer is missing"},
		{"JwtRequiredClaim", "azp", "name=value"},
		{"JwtRequiredClaim", "azp=1", "JwtIssuer is missing"},
		{"JwtRequiredClaimRole", "reader", "JwtRequiredClaim is missing"},
		{"JwtRequiredClaimRole", "owner", "reader, operator, admin"},
		{"EventStreams", "51", "from 0 to 50"},
		{"WebPubSubEndpoint", "http://certgate.webpubsub.azure.com", "https"},
		{"WebPubSubHub", "a/b", "name of a hub"},
		{"HistoryRetentionDays", "0", "from 1 to 3650"},
		{"HistoryRetentionDays", "90d", "from 1 to 3650"},
		{"PublicBaseUrl", "certs.example", "not a URL"},
		{"PublicBaseUrl", "http://certs.example", "not an https URL"},
		{"PublicBaseUrl", "https://certs.example/api", "has a path"},
		{"LogLevel", "verbose", "debug, information, warning, error"},
		{"FUNCTIONS_CUSTOMHANDLER_PORT", "70000", "1 to 65535"},
		{"AZURE_CLIENT_ID", "my-identity", "GUID"},
		{"AzureWebJobsStorage", "hello", "not a connection string"},
		{"AzureWebJobsStorage", "DefaultEndpointsProtocol=https;AccountName=x", "AccountKey"},
		{"AzureWebJobsStorage", "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://x", "endpoints"},
		{"AzureWebJobsStorage", "AccountName=x;AccountKey=%%%", "not base64"},
		{"AzureWebJobsStorage", "DefaultEndpointsProtocol=http;AccountName=x;AccountKey=aGVsbG8=", "https"},
		{"AzureWebJobsStorage", "QueueEndpoint=https://x.test;SharedAccessSignature=sv=1", "table service"},
		{"AzureWebJobsStorage__accountName", "certgatestate", "together with"},
		{"AzureWebJobsStorage__queueServiceUri", "https://x.queue.core.windows.net", "together with"},
		{"AzureWebJobsStorage__clientId", "11111111-2222-3333-4444-555555555555", "AzureWebJobsStorage__credential is missing"},
		{"AzureWebJobsStorage__credential", "password", "managedidentity"},
	} {
		_, err := settings.Load(with(map[string]string{c.name: c.value}))
		var faults settings.Faults
		if !errors.As(err, &faults) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s=%s: got %v, want a fault that says %q", c.name, c.value, err, c.says)
		}
	}
}

// The settings of Microsoft's own Flex Consumption template: the system-assigned
// identity for storage, in any case of the value, whatever else the app has.
func TestSystemAssignedIdentityForStorageIsACredentialAlone(t *testing.T) {
	t.Parallel()
	const own = "88888888-2222-3333-4444-555555555555"
	byService := map[string]string{
		"AzureWebJobsStorage": "", "AzureWebJobsStorage__credential": "managedidentity",
		"AzureWebJobsStorage__blobServiceUri":  "https://flexstate.blob.core.windows.net",
		"AzureWebJobsStorage__queueServiceUri": "https://flexstate.queue.core.windows.net",
		"AzureWebJobsStorage__tableServiceUri": "https://flexstate.table.core.windows.net",
	}
	byAccount := map[string]string{"AzureWebJobsStorage": "", "AzureWebJobsStorage__credential": "ManagedIdentity", "AzureWebJobsStorage__accountName": "flexstate"}
	for _, given := range []map[string]string{byService, byAccount} {
		for _, other := range []string{"", own} {
			given["AZURE_CLIENT_ID"] = other
			got, err := settings.Load(with(given))
			if err != nil {
				t.Fatalf("%v: %v", given, err)
			}
			want := settings.Storage{AccountName: given["AzureWebJobsStorage__accountName"], BlobURL: "https://flexstate.blob.core.windows.net",
				QueueURL: "https://flexstate.queue.core.windows.net", TableURL: "https://flexstate.table.core.windows.net"}
			if diff := cmp.Diff(want, got.Storage); diff != "" || got.ClientID != other {
				t.Errorf("%v: identity %q, storage (-want +got):\n%s", given, got.ClientID, diff)
			}
		}
	}
}

func TestStorageByIdentityIsCheckedAsAGroup(t *testing.T) {
	t.Parallel()
	_, err := settings.Load(with(map[string]string{"AzureWebJobsStorage": "", "AzureWebJobsStorage__queueServiceUri": "https://x.queue.core.windows.net"}))
	for _, name := range []string{"AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__tableServiceUri"} {
		if err == nil || !strings.Contains(err.Error(), name+" is missing") {
			t.Errorf("got %v, want %s named", err, name)
		}
	}
	got, err := settings.Load(with(map[string]string{"AzureWebJobsStorage": "", "AZURE_CLIENT_ID": "11111111-2222-3333-4444-555555555555",
		"AzureWebJobsStorage__accountName":     "certgatestate",
		"AzureWebJobsStorage__tableServiceUri": "https://private.example/"}))
	if err != nil || got.Storage.TableURL != "https://private.example" || got.Storage.QueueURL != "https://certgatestate.queue.core.windows.net" ||
		got.Storage.ClientID != "11111111-2222-3333-4444-555555555555" {
		t.Errorf("got %+v, %v", got.Storage, err)
	}
}

func TestAnotherCloudHasAddressesOfItsOwn(t *testing.T) {
	t.Parallel()
	government := map[string]string{
		"AzureCloud": "AzureUSGovernment", "KeyVaultBaseUrl": "https://v.vault.usgovcloudapi.net", "BlobContainerUrl": "https://acct.blob.core.usgovcloudapi.net/challenges",
		"AzureWebJobsStorage":                  "",
		"AzureWebJobsStorage__blobServiceUri":  "https://state.blob.core.usgovcloudapi.net",
		"AzureWebJobsStorage__queueServiceUri": "https://state.queue.core.usgovcloudapi.net",
		"AzureWebJobsStorage__tableServiceUri": "https://state.table.core.usgovcloudapi.net",
	}
	got, err := settings.Load(with(government))
	if err != nil || got.Cloud != settings.GovernmentCloud || got.Storage.TableURL != "https://state.table.core.usgovcloudapi.net" {
		t.Errorf("got %+v, %v", got, err)
	}
	// The Functions host takes an account's name for one of the public cloud.
	for _, service := range []string{"blob", "queue", "table"} {
		government["AzureWebJobsStorage__"+service+"ServiceUri"] = ""
	}
	government["AzureWebJobsStorage__accountName"] = "state"
	if _, err := settings.Load(with(government)); err == nil || !strings.Contains(err.Error(), "AzureWebJobsStorage__accountName stands for an account of the public cloud") {
		t.Errorf("got %v", err)
	}
}

func TestTheGatewayNeedsTheAddressOfAStaticWebsite(t *testing.T) {
	t.Parallel()
	website := map[string]string{"BlobContainerUrl": "https://acct.blob.core.windows.net/$web", "ManageHttpListener": "true"}
	if _, err := settings.Load(with(website)); err == nil || !strings.Contains(err.Error(), "ChallengeWebsiteUrl is missing") {
		t.Errorf("got %v", err)
	}
	website["ManageHttpListener"] = "false" // somebody else leads the way there
	if _, err := settings.Load(with(website)); err != nil {
		t.Error(err)
	}
	website["ManageHttpListener"], website["ChallengeWebsiteUrl"] = "true", "https://acct.z6.web.core.windows.net"
	if _, err := settings.Load(with(website)); err != nil {
		t.Error(err)
	}
}

func TestANameInAnotherCaseIsPointedOut(t *testing.T) {
	t.Parallel()
	_, err := settings.Load(append(with(map[string]string{"KeyVaultBaseUrl": ""}), "KeyVaultBaseURL=https://v.vault.azure.net"))
	if err == nil || !strings.Contains(err.Error(), "there is KeyVaultBaseURL") {
		t.Errorf("got %v", err)
	}
}

func TestNotesSayWhatIsValidButUnusual(t *testing.T) {
	t.Parallel()
	got, err := settings.Load(with(map[string]string{"FUNCTIONS_CUSTOMHANDLER_PORT": "",
		"AzureWebJobsStorage": "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=aGVsbG8=;EndpointSuffix=core.windows.net"}))
	notes := strings.Join(got.Notes, "\n")
	if err != nil || got.Port != 8080 || !strings.Contains(notes, "port 8080") || !strings.Contains(notes, "AzureWebJobsStorage__accountName") {
		t.Errorf("got port %d, notes %q, %v", got.Port, notes, err)
	}
}

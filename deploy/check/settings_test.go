package check

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"certgate/internal/settings"
)

func snapshots(t *testing.T) []Snapshot {
	t.Helper()
	all, err := Snapshots("../parameters")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 6 {
		t.Fatalf("%d ways of installing, want at least 6", len(all))
	}
	return all
}

var secretReference = regexp.MustCompile(`^@Microsoft\.KeyVault\(SecretUri=https://([^./]+)\.[^/]+/secrets/([^/)]+)\)$`)

// family is the name of a setting in the table, where a member of a family has <name> in
// the place of the operator's name.
func family(name string) string {
	if parts := strings.Split(name, "__"); len(parts) == 3 {
		return parts[0] + "__<name>__" + parts[2]
	}
	return name
}

// The strongest check there is: what the template writes, the app starts with.
func TestTheAppStartsWithTheSettingsOfEachWayOfInstalling(t *testing.T) {
	t.Parallel()
	for _, s := range snapshots(t) {
		written, err := s.AppSettings()
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		environ := []string{"WEBSITE_SITE_NAME=func", "WEBSITE_AUTH_ENABLED=True", "FUNCTIONS_CUSTOMHANDLER_PORT=5001"}
		for name, value := range written {
			setting := slices.IndexFunc(settings.All(), func(s settings.Setting) bool { return s.Name == family(name) })
			if m := secretReference.FindStringSubmatch(value); m != nil {
				if !slices.ContainsFunc(s.Of("Microsoft.KeyVault/vaults/secrets"), func(r Resource) bool { return r.Name == m[1]+"/"+m[2] }) {
					t.Errorf("%s: %s refers to the secret %s of %s, which the template does not write", s.Name, name, m[2], m[1])
				}
				value = settings.All()[setting].Example
			} else if setting >= 0 && settings.All()[setting].Secret && name != "BlobContainerUrl" {
				t.Errorf("%s: the secret setting %s stands in the app's settings itself", s.Name, name)
			}
			hostsOwn := slices.Contains([]string{"APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING"}, name) || s.Parameters["plan"] == "dedicated" && slices.Contains([]string{"FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_RUNTIME", "WEBSITE_RUN_FROM_PACKAGE"}, name)
			if setting < 0 && !hostsOwn {
				t.Errorf("%s: the template sets %s, which no code reads", s.Name, name)
			}
			if value == "" {
				t.Errorf("%s: %s is set to nothing; leave it out", s.Name, name)
			}
			environ = append(environ, name+"="+value)
		}
		loaded, err := settings.Load(environ)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if loaded.Storage.ConnectionString != "" || loaded.Storage.ClientID != clientID || loaded.ClientID != clientID {
			t.Errorf("%s: storage is not reached by the identity", s.Name)
		}
		if loaded.TenantID != "99999999-9999-9999-9999-999999999999" || !strings.Contains(s.Parameters["gatewayId"].(string), loaded.SubscriptionID) {
			t.Errorf("%s: tenant %s, subscription %s", s.Name, loaded.TenantID, loaded.SubscriptionID)
		}
		if len(loaded.Notes) > 0 {
			t.Errorf("%s: valid, but unusual: %q", s.Name, loaded.Notes)
		}
	}
}

// Each text of the parameter files that is a setting arrives there.
func TestEveryOptionArrivesInTheSettings(t *testing.T) {
	t.Parallel()
	for _, s := range snapshots(t) {
		if s.Name != "everything" {
			continue
		}
		written, err := s.AppSettings()
		if err != nil {
			t.Fatal(err)
		}
		var unset []string
		members := map[string]bool{}
		for name := range written {
			members[family(name)] = true
		}
		for _, setting := range settings.All() {
			if !members[setting.Name] {
				unset = append(unset, setting.Name)
			}
		}
		// What the template leaves to the app's default, to the platform, or to
		// additionalAppSettings.
		want := []string{
			"Issuer__<name>__EabHmacKey", // EabSecret is in its place
			"AcmePreferredChain", "AcmeCaaDomains", "AcmeEabSecret",
			"DnsCheck", "DnsAuthorityPort", "InstallTargets", "KeyVaultResourceId",
			"EventStreams", "WebPubSubEndpoint", "WebPubSubHub", // off; docs/live.md sets them up by hand
			"AzureCloud", "ApplicationGatewayHttpPort", "ApplicationGatewayHttpsPort", "CertificateChainOrder",
			"AzureWebJobsStorage", "AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__tableServiceUri",
			"WEBSITE_AUTH_ENABLED", "TrustClientPrincipalHeader", "JwtRolesClaim", "JwtRequiredClaim", "JwtRequiredClaimRole",
			"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_SERVICE_NAME", "FUNCTIONS_CUSTOMHANDLER_PORT",
		}
		for _, name := range unset {
			if !slices.Contains(want, name) && (strings.HasPrefix(name, "Issuer__") || strings.HasPrefix(name, "Gateway__") || !strings.Contains(name, "__<name>__")) { // another family's settings have names of the operator's
				t.Errorf("no parameter sets %s; give it one, or say here why not", name)
			}
		}
		if written["HistoryRetentionDays"] != "30" {
			t.Error("additionalAppSettings do not arrive")
		}
	}
}

// A Flex plan refuses these, or keeps them elsewhere.
func TestFlexGetsNoSettingThatItRefuses(t *testing.T) {
	t.Parallel()
	refused := []string{"FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_CONTENTSHARE",
		"WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD", "WEBSITE_TIME_ZONE", "TZ"}
	for _, s := range snapshots(t) {
		if s.Parameters["plan"] == "dedicated" {
			continue
		}
		written, err := s.AppSettings()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range refused {
			if _, set := written[name]; set {
				t.Errorf("%s sets %s", s.Name, name)
			}
		}
		app := string(s.Of("Microsoft.Web/sites")[0].Properties)
		for _, member := range []string{"linuxFxVersion", "ftpsState", "use32BitWorkerProcess", "preWarmedInstanceCount", "netFrameworkVersion", "functionsRuntimeScaleMonitoringEnabled"} {
			if strings.Contains(strings.ToLower(app), strings.ToLower(`"`+member+`"`)) {
				t.Errorf("%s: siteConfig has %s, which is error 51021 on Flex", s.Name, member)
			}
		}
		if !strings.Contains(app, `"name":"custom"`) && !strings.Contains(app, `"name": "custom"`) {
			t.Errorf("%s: the runtime is not a custom handler", s.Name)
		}
	}
}

func readAll(t *testing.T, pattern string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s", pattern)
	}
	out := map[string]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[f] = string(raw)
	}
	return out
}

package check

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// installer runs deploy.sh with stand-ins for az, curl and npx.
type installer struct {
	*testing.T
	fake  string // what the stand-ins answer from, and write to
	zip   string
	token string // CERTGATE_TOKEN
}

const newVersion = "v1.2.0"

func newInstaller(t *testing.T) *installer {
	t.Helper()
	for _, tool := range []string{"bash", "jq", "unzip"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CERTGATE_REQUIRE_TOOLS") == "1" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	i := &installer{T: t, fake: t.TempDir(), zip: filepath.Join(t.TempDir(), "certgate.zip")}
	i.pack(0o755)
	gateway, err := os.ReadFile("testdata/gateway.json")
	if err != nil {
		t.Fatal(err)
	}
	i.put("gateway.json", string(gateway))
	i.put("users.json", "[]")
	i.put("code", "200")
	i.put("forged", "401")
	i.put("health.json", `{"status":"Healthy","version":"v1.1.0"}`)
	i.put("after.json", `{"status":"Healthy","version":"`+newVersion+`"}`)
	i.put("preflight.json", `{"checks":[{"check":"tableStorage","ok":true,"finding":"the table answers"},{"check":"gatewayIdentity","ok":false,"finding":"the gateway has no identity","fix":"give it one"}]}`)
	outputs := map[string]any{}
	for name, value := range map[string]any{"functionAppName": "func-certgate-x", "functionAppHostname": "func-certgate-x.azurewebsites.net", "siteName": "swa-certgate-x", "siteHostname": "x.azurestaticapps.net",
		"challengesReadable": true, "challengeOrigin": "https://stx.blob.core.windows.net/", "challengePath": "/challenges/.well-known/acme-challenge/", "gatewayRoleCommands": []string{"az role assignment create --scope GATEWAY"}} {
		outputs[name] = map[string]any{"value": value}
	}
	raw, _ := json.Marshal(map[string]any{"properties": map[string]any{"outputs": outputs}})
	i.put("deployment.json", string(raw))
	return i
}

func (i *installer) put(name, content string) {
	i.Helper()
	if err := os.WriteFile(filepath.Join(i.fake, name), []byte(content), 0o644); err != nil {
		i.Fatal(err)
	}
}

func (i *installer) pack(mode fs.FileMode) {
	i.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{"handler": "program", "host.json": "{}", "version": newVersion + "\n"} {
		h := &zip.FileHeader{Name: name}
		h.SetMode(0o644)
		if name == "handler" {
			h.SetMode(mode)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			i.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			i.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		i.Fatal(err)
	}
	if err := os.WriteFile(i.zip, b.Bytes(), 0o644); err != nil {
		i.Fatal(err)
	}
}

// run returns what it printed, the az calls, and whether it ended well.
func (i *installer) run(more ...string) (said string, calls []string, ok bool) {
	i.Helper()
	ctx, cancel := context.WithTimeout(i.Context(), 5*time.Minute)
	defer cancel()
	if err := os.Remove(filepath.Join(i.fake, "calls")); err != nil && !os.IsNotExist(err) {
		i.Fatal(err)
	}
	stand, err := filepath.Abs("testdata")
	if err != nil {
		i.Fatal(err)
	}
	args := append([]string{"../deploy.sh", "--resource-group", "certgate", "--gateway", "GATEWAY", "--email", "ops@example.com", "--acme", "staging", "--admin", "ann@example.com", "--package", i.zip, "--yes"}, more...)
	cmd := exec.CommandContext(ctx, "bash", args...)
	cmd.Env = append(os.Environ(), "FAKE="+i.fake, "PATH="+stand+":"+os.Getenv("PATH"), "CERTGATE_DEPLOY_PAUSE=0", "CERTGATE_DEPLOY_TRIES=4", "CERTGATE_TOKEN="+i.token)
	out, err := cmd.CombinedOutput()
	raw, _ := os.ReadFile(filepath.Join(i.fake, "calls"))
	return string(out), strings.Split(strings.TrimSpace(string(raw)), "\n"), err == nil
}

// changing are the calls that change something.
func changing(calls []string) (out []string) {
	for _, c := range calls {
		for _, start := range []string{"group create", "deployment group create", "functionapp deployment", "functionapp config appsettings delete", "functionapp stop", "staticwebapp users invite", "npx"} {
			if strings.HasPrefix(c, start) {
				out = append(out, start)
			}
		}
	}
	return out
}

func TestTheFirstRunInstallsAndTests(t *testing.T) {
	t.Parallel()
	i := newInstaller(t)
	said, calls, ok := i.run()
	want := []string{"group create", "deployment group create", "functionapp deployment", "npx", "staticwebapp users invite"}
	if got := changing(calls); !ok || !slices.Equal(got, want) {
		t.Fatalf("did %q, want %q:\n%s", got, want, said)
	}
	for _, text := range []string{"https://invitation.example", "a forged principal is refused", "version " + newVersion, "path rule /.well-known/acme-challenge/*", "--acme production"} {
		if !strings.Contains(said, text) {
			t.Errorf("nothing says %q:\n%s", text, said)
		}
	}
	sent, err := os.ReadFile(i.zip)
	uploaded, err2 := os.ReadFile(filepath.Join(i.fake, "uploaded.zip"))
	if err != nil || err2 != nil || !bytes.Equal(sent, uploaded) {
		t.Errorf("the package did not arrive byte for byte: %v %v", err, err2)
	}
	var file struct {
		Parameters map[string]struct{ Value any }
	}
	raw, err := os.ReadFile(filepath.Join(i.fake, "parameters.json"))
	if err != nil || json.Unmarshal(raw, &file) != nil {
		t.Fatal(err)
	}
	_, parsed := compiled(t)
	for name := range file.Parameters {
		if _, known := parsed.Parameters[name]; !known {
			t.Errorf("it gives %s, which is no parameter", name)
		}
	}
	for name, p := range parsed.Parameters {
		if _, given := file.Parameters[name]; p.DefaultValue == nil && !given {
			t.Errorf("it does not give %s", name)
		}
	}
	if p := file.Parameters; p["gatewayBackendName"].Value != "app-backend" || len(p["gatewayFirewallPolicyIds"].Value.([]any)) != 2 || len(p["gatewayPublicAddressIds"].Value.([]any)) != 1 || len(p["gatewaySubnetIds"].Value.([]any)) != 1 || p["deployCode"].Value != false {
		t.Errorf("read from the gateway: %s", raw)
	}
	// What people get is the site, and nothing that lies beside it.
	err = filepath.WalkDir(filepath.Join(i.fake, "served"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.Contains(path, "test") && !strings.Contains(path, i.Name()) || !slices.Contains([]string{".html", ".js", ".css", ".svg", ".json"}, filepath.Ext(path))) {
			t.Errorf("%s is served", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(i.fake, "served/staticwebapp.config.json")); err != nil {
		t.Error(err)
	}
}

func TestASecondRunUploadsAndInvitesNothing(t *testing.T) {
	t.Parallel()
	i := newInstaller(t)
	if said, _, ok := i.run(); !ok {
		t.Fatal(said)
	}
	i.put("users.json", `[{"displayName":"ann@example.com","roles":"authenticated,anonymous,admin"}]`)
	said, calls, ok := i.run()
	if got, want := changing(calls), []string{"deployment group create", "npx"}; !ok || !slices.Equal(got, want) {
		t.Errorf("did %q, want %q (both are the same again):\n%s", got, want, said)
	}
}

func TestADryRunChangesNothingAndPrintsEachCall(t *testing.T) {
	t.Parallel()
	i := newInstaller(t)
	said, calls, ok := i.run("--dry-run")
	if got := changing(calls); !ok || len(got) > 0 {
		t.Errorf("did %q:\n%s", got, said)
	}
	for _, call := range []string{"az group create", "az deployment group what-if", "az deployment group create", "az functionapp deployment source config-zip", "az staticwebapp users invite", "Nothing was changed."} {
		if !strings.Contains(said, call) {
			t.Errorf("it does not print %s:\n%s", call, said)
		}
	}
}

func TestTheUploadWaitsUntilRolesTakeEffect(t *testing.T) {
	t.Parallel()
	i := newInstaller(t)
	i.put("refusals", "2")
	if said, _, ok := i.run(); !ok || strings.Count(said, "not yet") != 2 {
		t.Error(said)
	}
	i.put("refusals", "99")
	i.put("health.json", "{}")
	if said, calls, ok := i.run(); ok || !strings.Contains(said, "the package could not be uploaded") || slices.Contains(changing(calls), "npx") {
		t.Error(said)
	}
}

func TestNothingIsDeployedThatAzureRefuses(t *testing.T) {
	t.Parallel()
	i := newInstaller(t)
	i.put("group", "")
	i.put("whatif-fails", "")
	if said, calls, ok := i.run(); ok || len(changing(calls)) > 0 || !strings.Contains(said, "the policy says no") || !strings.Contains(said, "Nothing was changed") {
		t.Errorf("did %q:\n%s", changing(calls), said)
	}
}

// Each way of failing has a sentence that says what it is.
func TestEachWayOfFailingHasItsSentence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		says  string
		calls string
	}{
		"it hangs":            {map[string]string{"code": "000"}, "exec bit", ""},
		"an old host":         {map[string]string{"code": "500", "after.json": ""}, "older than enableProxyingHttpRequest", ""},
		"a setting":           {map[string]string{"code": "500", "after.json": `{"code":"x"}`}, "which setting is at fault", ""},
		"no storage":          {map[string]string{"code": "503", "after.json": `{"status":"Unhealthy","checks":[{"name":"tableStorage","ok":false}]}`}, `"tableStorage","ok":false`, ""},
		"health is guarded":   {map[string]string{"code": "401"}, "excludedPaths", ""},
		"the former version":  {map[string]string{"after.json": `{"version":"v1.1.0"}`}, "runs v1.1.0 instead of " + newVersion, ""},
		"a forged principal":  {map[string]string{"forged": "200"}, "anybody could be an admin", "functionapp stop"},
		"no right on roles":   {map[string]string{"create-fails": ""}, "gatewayRole=none", ""},
		"a connection string": {map[string]string{"stale": ""}, "Removing AzureWebJobsStorage", "functionapp config appsettings delete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstaller(t)
			for file, content := range c.files {
				i.put(file, content)
			}
			said, calls, ok := i.run()
			if ok != (name == "a connection string") || !strings.Contains(said, c.says) || c.calls != "" && !slices.Contains(changing(calls), c.calls) {
				t.Errorf("ended well: %v, did %q:\n%s", ok, changing(calls), said)
			}
		})
	}
}

// With a token the end of a run says what is missing, or why it cannot tell.
func TestThePreflightIsAskedByToken(t *testing.T) {
	t.Parallel()
	for token, says := range map[string][]string{
		"":           {},
		"good-token": {"gatewayIdentity: the gateway has no identity give it one", "preflight: 1 of 2 checks are fine"},
		"bad-token":  {"is not accepted. Look at its iss and aud"},
	} {
		i := newInstaller(t)
		i.token = token
		said, calls, ok := i.run("--no-site")
		for _, text := range says {
			if !strings.Contains(said, text) {
				t.Errorf("%q: nothing says %q:\n%s", token, text, said)
			}
		}
		if !ok || token == "" && strings.Contains(said, "preflight") || token != "" && strings.Contains(said+strings.Join(calls, ""), token) {
			t.Errorf("%q: %s", token, said)
		}
	}
}

// A command line is anybody's to read who is on the machine.
func TestSecretParametersAreOnNoCommandLine(t *testing.T) {
	t.Parallel()
	i := newInstaller(t)
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(`{"HistoryRetentionDays":"s3cret-30"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	secrets := []string{"--parameter", "notificationSecret=s3cret-key", "--parameter", "additionalAppSettings=@" + file, "--parameter", "logLevel=debug"}
	for _, more := range [][]string{secrets, append(slices.Clone(secrets), "--dry-run")} {
		said, calls, ok := i.run(more...)
		if !ok || strings.Contains(said+strings.Join(calls, ""), "s3cret") || !strings.Contains(said+strings.Join(calls, ""), "logLevel=debug") {
			t.Errorf("%q: %q\n%s", more, calls, said)
		}
	}
	var sent struct {
		Parameters map[string]struct{ Value any }
	}
	raw, err := os.ReadFile(filepath.Join(i.fake, "parameters.json"))
	if err != nil || json.Unmarshal(raw, &sent) != nil {
		t.Fatal(err)
	}
	if settings, ok := sent.Parameters["additionalAppSettings"].Value.(map[string]any); !ok || sent.Parameters["notificationSecret"].Value != "s3cret-key" || settings["HistoryRetentionDays"] != "s3cret-30" {
		t.Errorf("the template gets %s", raw)
	}
	if said, calls, ok := i.run("--parameter", "additionalAppSettings=nothing"); ok || len(changing(calls)) > 0 || !strings.Contains(said, "takes a JSON object") {
		t.Error(said)
	}
}

func TestAPackageThatLostItsModeIsNotUploaded(t *testing.T) {
	t.Parallel()
	i := newInstaller(t)
	i.pack(0o644)
	if said, calls, ok := i.run(); ok || len(changing(calls)) > 0 || !strings.Contains(said, "packed again by a tool that loses modes") {
		t.Error(said)
	}
}

// With a registration of its own the site asks for roles, and nobody is invited.
func TestASiteWithItsOwnRegistrationIsConfiguredForIt(t *testing.T) {
	t.Parallel()
	i := newInstaller(t)
	said, calls, ok := i.run("--parameter", "siteClientId=22222222-2222-2222-2222-222222222222", "--parameter", "siteRoles=g=admin")
	if !ok || slices.Contains(changing(calls), "staticwebapp users invite") || !strings.Contains(said, "siteRoles") {
		t.Error(said)
	}
	raw, err := os.ReadFile(filepath.Join(i.fake, "served/staticwebapp.config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Auth struct {
			RolesSource       string
			IdentityProviders map[string]struct{ Registration struct{ OpenIDIssuer string } }
		}
		Routes []map[string]any
	}
	if err := json.Unmarshal(raw, &config); err != nil {
		t.Fatal(err)
	}
	if config.Auth.RolesSource != "/api/GetRoles" || config.Auth.IdentityProviders["azureActiveDirectory"].Registration.OpenIDIssuer != "https://login.microsoftonline.com/99999999-9999-9999-9999-999999999999/v2.0" || len(config.Routes) < 10 {
		t.Errorf("got %+v", config.Auth)
	}
}

// Pages connect to the host of the setting and to no other; without it to the site alone.
func TestTheSiteMayConnectToTheAppsWebPubSub(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"": "connect-src 'self';", "https://live.webpubsub.azure.com/": "connect-src 'self' wss://live.webpubsub.azure.com;",
		"https://*.webpubsub.azure.com": "WebPubSubEndpoint", "https://a.example; script-src *": "WebPubSubEndpoint",
	} {
		i := newInstaller(t)
		i.put("web-pubsub", endpoint)
		said, _, ok := i.run()
		if want == "WebPubSubEndpoint" {
			if ok || !strings.Contains(said, want) {
				t.Errorf("%s: %s", endpoint, said)
			}
			continue
		}
		raw, err := os.ReadFile(filepath.Join(i.fake, "served/staticwebapp.config.json"))
		if err != nil {
			t.Fatal(err, said)
		}
		var config struct{ GlobalHeaders map[string]string }
		if err := json.Unmarshal(raw, &config); err != nil || !strings.Contains(config.GlobalHeaders["Content-Security-Policy"], want) {
			t.Errorf("%s: %v %v", endpoint, config, err)
		}
	}
}

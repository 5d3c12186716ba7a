package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"certgate/internal/azurestore"
)

// template is azuredeploy.json, as far as it is looked at here.
type template struct {
	Metadata struct {
		Generator struct{ Version string } `json:"_generator"`
	}
	Parameters map[string]struct {
		Type         string
		DefaultValue any
	}
	Outputs map[string]struct{ Type, Value any }
}

func compiled(t *testing.T) (string, template) {
	t.Helper()
	raw, err := os.ReadFile("../azuredeploy.json")
	if err != nil {
		t.Fatal(err)
	}
	var parsed template
	if err := json.Unmarshal(raw, &parsed); err != nil {
		t.Fatal(err)
	}
	return string(raw), parsed
}

func TestNoKeyAndNoSecretLeavesTheTemplate(t *testing.T) {
	t.Parallel()
	text, parsed := compiled(t)
	for _, call := range []string{"listKeys(", "listAccountSas(", "listServiceSas(", "listSecrets(", "AccountKey=", "SharedAccessSignature"} {
		if strings.Contains(text, call) {
			t.Errorf("the template has %s", call)
		}
	}
	for role, name := range map[string]string{"b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator"} {
		if strings.Contains(text, role) {
			t.Errorf("the template knows the role %s", name)
		}
	}
	var secret []string
	for name, p := range parsed.Parameters {
		if strings.HasPrefix(strings.ToLower(p.Type), "secure") {
			secret = append(secret, name)
		}
		if p.DefaultValue != nil && strings.HasPrefix(strings.ToLower(p.Type), "secure") && !empty(p.DefaultValue) {
			t.Errorf("the secret %s has a default", name)
		}
	}
	if len(secret) < 6 {
		t.Errorf("only %q are secret", secret)
	}
	var whole any
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatal(err)
	}
	walk(whole, func(member string, v any) {
		raw, _ := json.Marshal(v)
		for _, name := range secret {
			if member == "outputs" && strings.Contains(string(raw), "parameters('"+name+"')") {
				t.Errorf("an output has the secret %s: %s", name, raw)
			}
		}
		resource, ok := v.(map[string]any)
		if ok && resource["type"] == "Microsoft.Network/applicationGateways" && resource["existing"] != true {
			// The gateway belongs to others: a PUT of it would delete their entries.
			t.Error("the template writes the gateway")
		}
	})
	for _, s := range snapshots(t) {
		if len(s.Diagnostics) > 0 {
			t.Errorf("%s: %v", s.Name, s.Diagnostics)
		}
	}
}

// walk visits every member of a document.
func walk(v any, visit func(member string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for member, inner := range v {
			visit(member, inner)
			walk(inner, visit)
		}
	case []any:
		for _, inner := range v {
			visit("", inner)
			walk(inner, visit)
		}
	}
}

// limits are of the services, by type: how names may look and how long they are.
var limits = map[string]*regexp.Regexp{
	"Microsoft.Storage/storageAccounts":                regexp.MustCompile(`^[a-z0-9]{3,24}$`),
	"Microsoft.KeyVault/vaults":                        regexp.MustCompile(`^[a-z][a-z0-9-]{1,22}[a-z0-9]$`),
	"Microsoft.Web/sites":                              regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$`), // the host id is cut at 32
	"Microsoft.Web/serverfarms":                        regexp.MustCompile(`^[A-Za-z0-9-]{1,60}$`),
	"Microsoft.Web/staticSites":                        regexp.MustCompile(`^[a-z0-9-]{2,40}$`),
	"Microsoft.ManagedIdentity/userAssignedIdentities": regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$`),
	"Microsoft.OperationalInsights/workspaces":         regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$`),
	"Microsoft.Insights/components":                    regexp.MustCompile(`^[A-Za-z0-9._()-]{1,255}$`),
	"Microsoft.Insights/actionGroups":                  regexp.MustCompile(`^[A-Za-z0-9._-]{1,260}$`),
	"Microsoft.Insights/scheduledQueryRules":           regexp.MustCompile(`^[A-Za-z0-9._-]{1,260}$`),
	"Microsoft.Insights/metricAlerts":                  regexp.MustCompile(`^[A-Za-z0-9._-]{1,260}$`),
	"Microsoft.Insights/activityLogAlerts":             regexp.MustCompile(`^[A-Za-z0-9._-]{1,260}$`),
	"Microsoft.Network/privateEndpoints":               regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9_]$`),
}

// The prefix may be longer than in the parameter files.
const longestPrefix = 11

func TestNamesAreWithinTheLimitsWithTheLongestPrefix(t *testing.T) {
	t.Parallel()
	_, parsed := compiled(t)
	seen := map[string]bool{}
	for _, s := range snapshots(t) {
		prefix, ok := s.Parameters["prefix"].(string)
		if !ok {
			prefix = parsed.Parameters["prefix"].DefaultValue.(string)
		}
		for _, r := range s.Resources {
			form := limits[r.Type]
			if form == nil {
				continue
			}
			seen[r.Type] = true
			longest := strings.Replace(r.Name, prefix, strings.Repeat("p", longestPrefix), 1)
			if r.Name != "certificates" && !form.MatchString(longest) {
				t.Errorf("%s: %s cannot be called %s", s.Name, r.Type, longest)
			}
		}
	}
	for kind := range limits {
		if !seen[kind] {
			t.Errorf("no snapshot has a %s", kind)
		}
	}
}

func TestTheTemplateCallsThingsAsTheCodeDoes(t *testing.T) {
	t.Parallel()
	functions := map[string]bool{}
	for file := range readAll(t, "../../functions/*/function.json") {
		functions[filepath.Base(filepath.Dir(file))] = true
	}
	for _, s := range snapshots(t) {
		for kind, want := range map[string][]string{
			"Microsoft.Storage/storageAccounts/queueServices/queues": {azurestore.DefaultQueue, azurestore.DefaultQueue + "-poison"},
			"Microsoft.Storage/storageAccounts/tableServices/tables": {azurestore.DefaultTable},
		} {
			var got []string
			for _, r := range s.Of(kind) {
				got = append(got, r.Name[strings.LastIndex(r.Name, "/")+1:])
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s makes %q, want %q", s.Name, got, want)
			}
		}
		var app struct {
			FunctionAppConfig struct {
				ScaleAndConcurrency struct{ AlwaysReady []struct{ Name string } }
			}
		}
		if err := json.Unmarshal(s.Of("Microsoft.Web/sites")[0].Properties, &app); err != nil {
			t.Fatal(err)
		}
		for _, ready := range app.FunctionAppConfig.ScaleAndConcurrency.AlwaysReady {
			if name, ok := strings.CutPrefix(ready.Name, "function:"); !ok || !functions[name] {
				t.Errorf("%s keeps %s ready, which is no function", s.Name, ready.Name)
			}
		}
		for _, r := range s.Of("Microsoft.Insights/scheduledQueryRules") {
			for _, m := range regexp.MustCompile(`Name == \\"(\w+)\\"`).FindAllStringSubmatch(string(r.Properties), -1) {
				if !functions[m[1]] {
					t.Errorf("%s: %s looks at %s, which is no function", s.Name, r.Name, m[1])
				}
			}
		}
	}
}

// The order that the reference asks for: sign-in after the link, code after both.
func TestCodeComesLast(t *testing.T) {
	t.Parallel()
	for _, s := range snapshots(t) {
		deployed := len(s.Of("Microsoft.Web/sites/extensions"))
		if want := map[bool]int{true: 0, false: 1}[s.Name == "existing-vault" || s.Name == "dedicated"]; deployed != want {
			t.Errorf("%s deploys code %d times, want %d", s.Name, deployed, want)
		}
	}
	main, err := os.ReadFile("../main.bicep")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`module code [^}]+\}[^}]*dependsOn: \[app, people\]`).Match(main) || !regexp.MustCompile(`module people (?s:.*?)site!\.outputs\.hostname`).Match(main) {
		t.Error("the program may start before sign-in is on, and would close itself to people")
	}
}

// A linked site is answered 500 if the link's region is not the app's own, in its
// short form; a second name is a second link, which is refused.
func TestTheLinkIsNamedAfterTheAppAndInItsRegion(t *testing.T) {
	t.Parallel()
	for _, s := range snapshots(t) {
		links := s.Of("Microsoft.Web/staticSites/linkedBackends")
		if len(links) != len(s.Of("Microsoft.Web/staticSites")) {
			t.Errorf("%s has %d links", s.Name, len(links))
		}
		for _, r := range links {
			app := s.Of("Microsoft.Web/sites")[0]
			var p struct{ BackendResourceID, Region string }
			if err := json.Unmarshal(r.Properties, &p); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(r.Name, "/"+app.Name) || p.BackendResourceID != app.ID || p.Region != app.Location {
				t.Errorf("%s: link %s to %s in %s", s.Name, r.Name, p.BackendResourceID, p.Region)
			}
		}
	}
}

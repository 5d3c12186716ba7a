package check

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// azd takes no language for a custom handler (it would build another kind of app),
// deploys the package as it is, and refuses a site at the project's root.
func TestAzdDeploysThePackageAsItIs(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../azure.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Name      string
		Hooks     map[string]struct{ Shell, Run string }
		Services  map[string]map[string]string
		Workflows struct {
			Up struct{ Steps []map[string]string }
		}
		Rest map[string]any `yaml:",inline"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if file.Name != "certgate" || len(file.Rest) > 0 || file.Hooks["preup"].Run != "make dist" || file.Hooks["preup"].Shell != "sh" || len(file.Hooks) != 1 {
		t.Errorf("got %+v", file)
	}
	for name, want := range map[string]map[string]string{"api": {"host": "function", "project": "."}, "web": {"host": "staticwebapp", "project": "static"}} {
		for member, value := range want {
			if file.Services[name][member] != value || len(file.Services[name]) != len(want) {
				t.Errorf("the service %s is %v, want %v", name, file.Services[name], want)
			}
		}
		infra, err := os.ReadFile("../../infra/main.bicep")
		if err != nil || !strings.Contains(string(infra), "'azd-service-name': '"+name+"'") {
			t.Errorf("nothing is tagged as the service %s (%v)", name, err)
		}
	}
	var steps []string
	for _, s := range file.Workflows.Up.Steps {
		steps = append(steps, s["azd"])
	}
	if want := []string{"provision", "deploy api --from-package dist/certgate.zip", "deploy web"}; !slices.Equal(steps, want) {
		t.Errorf("azd up does %q, want %q", steps, want)
	}
}

// What azd passes are parameters, and all that must be given are passed.
func TestAzdPassesTheParameters(t *testing.T) {
	t.Parallel()
	infra, err := os.ReadFile("../../infra/main.bicep")
	if err != nil {
		t.Fatal(err)
	}
	passed, err := os.ReadFile("../../infra/main.parameters.json")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^param (\w+) string( =)?`).FindAllStringSubmatch(string(infra), -1) {
		known[m[1]] = true
		if m[2] == "" && !strings.Contains(string(passed), `"`+m[1]+`":`) {
			t.Errorf("azd does not pass %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^    "(\w+)": \{`).FindAllStringSubmatch(string(passed), -1) {
		if !known[m[1]] {
			t.Errorf("azd passes %s, which is no parameter", m[1])
		}
	}
}

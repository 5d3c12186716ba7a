package check

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The portal's form gives every parameter that must be given, and none that the
// template does not know; every control that it asks is there.
func TestThePortalsFormFitsTheTemplate(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../createUiDefinition.json")
	if err != nil {
		t.Fatal(err)
	}
	type element struct {
		Name, Type  string
		Constraints struct{ AllowedValues any }
	}
	var form struct {
		Handler    string
		Parameters struct {
			Basics []element
			Steps  []struct {
				Name     string
				Elements []element
			}
			Outputs map[string]string
		}
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		t.Fatal(err)
	}
	_, parsed := compiled(t)
	for name := range form.Parameters.Outputs {
		if _, known := parsed.Parameters[name]; !known {
			t.Errorf("the form gives %s, which is no parameter", name)
		}
	}
	for name, p := range parsed.Parameters {
		if _, given := form.Parameters.Outputs[name]; !given && p.DefaultValue == nil {
			t.Errorf("the form does not give %s, which has no default", name)
		}
	}
	controls := map[string][]string{}
	for _, step := range form.Parameters.Steps {
		for _, e := range step.Elements {
			if e.Type == "Microsoft.Common.InfoBox" {
				continue // it asks nothing
			}
			controls[step.Name] = append(controls[step.Name], e.Name)
		}
	}
	asked := regexp.MustCompile(`steps\('(\w+)'\)\.(\w+)`)
	for _, m := range asked.FindAllStringSubmatch(string(raw), -1) {
		if !slices.Contains(controls[m[1]], m[2]) {
			t.Errorf("the form asks steps('%s').%s, which is not there", m[1], m[2])
		}
	}
	for step, names := range controls {
		for _, name := range names {
			if !strings.Contains(string(raw), "steps('"+step+"')."+name) {
				t.Errorf("nobody reads %s of %s", name, step)
			}
		}
	}
}

// A choice in the form is one that the template takes.
func TestTheFormsChoicesAreTheTemplates(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../createUiDefinition.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Parameters map[string]struct{ AllowedValues []any }
	}
	template, _ := compiled(t)
	if err := json.Unmarshal([]byte(template), &document); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gatewayRole", "certificateKeyType", "challengeStorage", "siteLocation"} {
		if len(document.Parameters[name].AllowedValues) == 0 {
			t.Errorf("the template takes anything for %s", name)
		}
		for _, value := range document.Parameters[name].AllowedValues {
			if !strings.Contains(string(raw), `"value": "`+value.(string)+`"`) {
				t.Errorf("the form does not offer %v for %s", value, name)
			}
		}
	}
}

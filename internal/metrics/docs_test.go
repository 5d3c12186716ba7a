package metrics_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/issuancetest"
)

func page(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// names are those of all metrics, whether they have a value or not; help is by name.
func names(t *testing.T) (all []string, help map[string]string) {
	t.Helper()
	descriptions := make(chan *prometheus.Desc, 100)
	newWorld(t).metrics.Describe(descriptions)
	close(descriptions)
	help = map[string]string{"certgate_build_info": "Of this process, since it started."}
	all = []string{"certgate_build_info"}
	for d := range descriptions {
		m := regexp.MustCompile(`fqName: "([^"]+)", help: "([^"]+)"`).FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("no name in %s", d)
		}
		all, help[m[1]] = append(all, m[1]), m[2]
	}
	slices.Sort(all)
	return all, help
}

var metricName = regexp.MustCompile(`\bcertgate_[a-z_]+[a-z]\b`)

func TestTheOperationsPageListsEachMetricAndWhereItComesFrom(t *testing.T) {
	t.Parallel()
	var documented []string
	all, help := names(t)
	for _, row := range regexp.MustCompile("(?m)^\\| `(certgate_[a-z_]+)` \\| .*\\| (stored state|this process) \\|$").FindAllStringSubmatch(page(t, "operations.md"), -1) {
		documented = append(documented, row[1])
		if said := strings.HasSuffix(help[row[1]], "From stored state: every process says the same."); said != (row[2] == "stored state") {
			t.Errorf("%s is said to come from %s; its help text is %q", row[1], row[2], help[row[1]])
		}
	}
	slices.Sort(documented)
	if !slices.Equal(documented, all) {
		t.Errorf("docs/operations.md lists\n%q\nthe code has\n%q", documented, all)
	}
	for _, name := range metricName.FindAllString(page(t, "operations.md"), -1) {
		if !slices.Contains(all, name) {
			t.Errorf("docs/operations.md speaks of %s, which does not exist", name)
		}
	}
}

type rule struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

// An alert that names what does not exist never fires, and nobody notices.
func TestEachAlertNamesWhatExistsAndHasItsRunbook(t *testing.T) {
	t.Parallel()
	var file struct {
		Groups []struct {
			Name  string
			Rules []rule
		}
	}
	if err := yaml.Unmarshal([]byte(page(t, "alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	operations := page(t, "operations.md")
	all, help := names(t)
	// Whoever answers a scrape knows these of itself. What processes that run steps
	// count, it may not know: on Flex Consumption it never does.
	ofWhoAnswers := []string{"certgate_build_info", "certgate_state_read_success"}
	steps, codes := stepNames(t), slices.Concat(issuance.Codes(), durable.Codes())
	var alerts []string
	for _, group := range file.Groups {
		for _, r := range group.Rules {
			alerts = append(alerts, r.Alert)
			used := metricName.FindAllString(r.Expr, -1)
			if len(used) == 0 || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%s has no metric, no severity or no summary: %+v", r.Alert, r)
			}
			for _, name := range used {
				if !slices.Contains(all, name) {
					t.Errorf("%s asks for %s, which does not exist", r.Alert, name)
				}
				if !strings.HasSuffix(help[name], "From stored state: every process says the same.") && !slices.Contains(ofWhoAnswers, name) {
					t.Errorf("%s asks for %s, which the process that answers a scrape may never have counted", r.Alert, name)
				}
			}
			for label, known := range map[string][]string{"step": steps, "code": codes, "problem": {"overdue", "notServed", "notInstalled", "expired", "failing", "dead", "wrongName", "blocked", "late", "expiring"}, "queue": {"steps", "poison"}} {
				for _, m := range regexp.MustCompile(label+`[!=]~?"([^"]+)"`).FindAllStringSubmatch(r.Expr, -1) {
					for _, value := range strings.Split(m[1], "|") {
						if !slices.Contains(known, value) {
							t.Errorf("%s asks for the %s %q, which does not exist", r.Alert, label, value)
						}
					}
				}
			}
			if !strings.Contains(operations, "\n### "+r.Alert+"\n") || r.Annotations["runbook"] != "docs/operations.md#"+strings.ToLower(r.Alert) {
				t.Errorf("%s has no section in docs/operations.md, or its runbook leads elsewhere: %s", r.Alert, r.Annotations["runbook"])
			}
		}
	}
	var sections []string
	for _, m := range regexp.MustCompile(`(?m)^### (Certgate\w+)$`).FindAllStringSubmatch(operations, -1) {
		sections = append(sections, m[1])
	}
	slices.Sort(sections)
	slices.Sort(alerts)
	if !slices.Equal(sections, alerts) {
		t.Errorf("docs/operations.md has sections for\n%q\nthe alerts are\n%q", sections, alerts)
	}
}

func stepNames(t *testing.T) (all []string) {
	t.Helper()
	w := issuancetest.NewWorld(t)
	for _, flow := range []durable.Definition{
		issuance.AddCertificate(w.Ports()), batch.AddMultiple(w.Runner, w.Store), issuance.ImportCertificate(w.Ports()),
		issuance.RetireCertificate(issuance.RetirePorts{}),
	} {
		steps, _ := flow.Sentences()
		for _, s := range steps {
			all = append(all, s[0])
		}
	}
	return all
}

// Links within the documentation lead somewhere.
func TestTheOperationsPagesLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, m := range regexp.MustCompile(`\]\(([a-z-]*\.?(?:md|yaml)?)(?:#([a-z0-9-]+))?\)`).FindAllStringSubmatch(page(t, "operations.md"), -1) {
		file := m[1]
		if file == "" {
			file = "operations.md"
		}
		text := page(t, file)
		if m[2] == "" {
			continue
		}
		found := false
		for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
			anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
			found = found || strings.ReplaceAll(anchor, " ", "-") == m[2]
		}
		if !found {
			t.Errorf("%s has no section #%s", file, m[2])
		}
	}
}

package issuance_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/renewal"
)

// The tables of docs/state-machine.md are what clients and people read: they must
// be the flows, step by step and word for word. The tables of a flow stand below
// "`Name` walks".
func TestTheStateMachinePageIsTheFlows(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/state-machine.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string][][2]string{}
	flow := ""
	for line := range strings.Lines(string(page)) {
		if m := regexp.MustCompile("^`(\\w+)` walks ").FindStringSubmatch(line); m != nil {
			flow = m[1]
		}
		if m := regexp.MustCompile("^\\| (?:\\d+|–) \\| `(\\w+)` \\| (.+) \\|\n$").FindStringSubmatch(line); m != nil {
			documented[flow] = append(documented[flow], [2]string{m[1], m[2]})
		}
	}
	flows := map[string]struct {
		durable.Definition
		finished string
	}{
		issuance.FlowAddCertificate:    {issuance.AddCertificate(issuance.Ports{}), "Certbot function successfully completed."},
		batch.Flow:                     {batch.AddMultiple(nil, nil), "Certbot function successfully completed."},
		issuance.FlowRenewCertificate:  {issuance.RenewCertificate(issuance.Ports{}), "Certbot function successfully completed."},
		renewal.Flow:                   {renewal.RenewCertificates(nil), "Certbot function successfully completed."},
		issuance.FlowImportCertificate: {issuance.ImportCertificate(issuance.Ports{}), "Certbot function successfully completed."},
	}
	for name, f := range flows {
		steps, cleanUp := f.Sentences()
		want := slices.Concat(steps, [][2]string{{"Completed", f.finished}}, cleanUp)
		if !slices.Equal(documented[name], want) {
			t.Errorf("docs/state-machine.md has for %s\n%q\nthe flow has\n%q", name, documented[name], want)
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("docs/state-machine.md has a table for %q, which is no flow of this test", name)
	}
}

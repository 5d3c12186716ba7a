package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing/fstest"

	"github.com/aquasecurity/trivy/pkg/iac/rego"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/azure/arm"
)

// finding is a check that a resource does not pass.
type finding struct {
	check, severity, resource, kind, says string
}

func (f finding) String() string {
	return fmt.Sprintf("%s %s, %s %s: %s", f.check, f.severity, f.kind, f.resource, f.says)
}

// scan checks the resources of one snapshot.
func scan(file string) (found []finding, passed int, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	var snapshot struct {
		PredictedResources []json.RawMessage
	}
	if err := json.Unmarshal(raw, &snapshot); err != nil {
		return nil, 0, err
	}
	if len(snapshot.PredictedResources) == 0 {
		return nil, 0, errors.New("it has no resources")
	}
	template, err := oneLineEach(snapshot.PredictedResources)
	if err != nil {
		return nil, 0, err
	}
	scanner := arm.New(rego.WithEmbeddedPolicies(true), rego.WithEmbeddedLibraries(true))
	results, err := scanner.ScanFS(context.Background(), fstest.MapFS{"template.json": {Data: template}}, ".")
	if err != nil {
		return nil, 0, err
	}
	for _, r := range results.GetFailed() {
		// Line 1 opens the template; the first resource is on line 2.
		line := r.Metadata().Range().GetStartLine() - 2
		// Of a member that is not written Trivy does not say whose it is.
		resource := struct{ Name, Type string }{Name: "-", Type: "some resource"}
		if line >= 0 && line < len(snapshot.PredictedResources) {
			if err := json.Unmarshal(snapshot.PredictedResources[line], &resource); err != nil {
				return nil, 0, err
			}
		}
		found = append(found, finding{r.Rule().ID, string(r.Severity()), resource.Name, resource.Type, r.Description()})
	}
	return found, len(results.GetPassed()), nil
}

// oneLineEach is a template with each resource on a line of its own, by which a
// finding is told apart.
func oneLineEach(resources []json.RawMessage) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","resources":[`)
	for i, r := range resources {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		if err := json.Compact(&b, r); err != nil {
			return nil, err
		}
	}
	b.WriteString("\n]}\n")
	return b.Bytes(), nil
}

package check

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Resource is one resource of a snapshot.
type Resource struct {
	ID, Type, Name, Condition string
	Location                  string
	Tags                      map[string]string
	Properties                json.RawMessage
	SKU                       struct{ Name string }
	Identity                  struct {
		UserAssignedIdentities map[string]any
	}
}

// Snapshot is what the templates come to for one parameter file.
type Snapshot struct {
	Name        string // of the file, without its ends
	Resources   []Resource
	Diagnostics []any
	Outputs     map[string]any
	// Parameters are those of the parameter file that are plain texts.
	Parameters map[string]any
	// GatewayIdentities are those that read the vault for a gateway.
	GatewayIdentities []string
}

var (
	plainParameter = regexp.MustCompile(`(?m)^param (\w+) = '([^']*)'$`)
	ofAGateway     = regexp.MustCompile(`(?m)^(?:param gatewayIdentityId =| +identityId:) '([^']+)'$`)
	smallObject    = regexp.MustCompile(`(?m)^param (\w+) = \{ (\w+): '([^']*)' \}$`)
)

// Snapshots reads all of them from a folder.
func Snapshots(folder string) ([]Snapshot, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.bicepparam"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no parameter files in %s", folder)
	}
	var all []Snapshot
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		raw, err := os.ReadFile(strings.TrimSuffix(file, ".bicepparam") + ".snapshot.json")
		if err != nil {
			return nil, fmt.Errorf("%w: make deploywrite writes it", err)
		}
		var parsed struct {
			PredictedResources []Resource
			Diagnostics        []any
			Outputs            map[string]any
		}
		if err := json.Unmarshal(raw, &parsed); err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", file, err)
		}
		s := Snapshot{Name: strings.TrimSuffix(filepath.Base(file), ".bicepparam"), Resources: parsed.PredictedResources, Diagnostics: parsed.Diagnostics, Outputs: parsed.Outputs, Parameters: map[string]any{}}
		for _, m := range plainParameter.FindAllStringSubmatch(string(source), -1) {
			s.Parameters[m[1]] = m[2]
		}
		for _, m := range smallObject.FindAllStringSubmatch(string(source), -1) {
			s.Parameters[m[1]] = map[string]any{m[2]: m[3]}
		}
		for _, m := range ofAGateway.FindAllStringSubmatch(string(source), -1) {
			s.GatewayIdentities = append(s.GatewayIdentities, m[1])
		}
		all = append(all, s)
	}
	return all, nil
}

// Of lists the resources of a type.
func (s Snapshot) Of(kind string) (out []Resource) {
	for _, r := range s.Resources {
		if strings.EqualFold(r.Type, kind) {
			out = append(out, r)
		}
	}
	return out
}

// Identity and client id that stand in for what exists at the end only.
const (
	clientID    = "77777777-7777-7777-7777-777777777777"
	websiteURL  = "https://stcertsxxxxxxacme.z6.web.core.windows.net/"
	insightsKey = "InstrumentationKey=88888888-8888-8888-8888-888888888888;IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/"
)

// Evaluator for the snapshot's own cloud and parameters.
func (s Snapshot) Evaluator() Evaluator {
	cloud := Cloud{Storage: "core.windows.net", KeyVaultDNS: ".vault.azure.net"}
	if s.Parameters["cloud"] == "AzureUSGovernment" {
		cloud = Cloud{Storage: "core.usgovcloudapi.net", KeyVaultDNS: ".vault.usgovcloudapi.net"}
	}
	return Evaluator{Cloud: cloud, Parameters: s.Parameters, Reference: func(id, member string) any {
		switch {
		case member == "clientId":
			return clientID
		case member == "ConnectionString":
			return insightsKey
		case member == "primaryEndpoints.web":
			return websiteURL
		case strings.EqualFold(member, "defaultHostName"):
			return id[strings.LastIndex(id, "/")+1:] + ".azurewebsites.net"
		}
		return nil
	}}
}

// AppSettings are those that the Functions app gets.
func (s Snapshot) AppSettings() (map[string]string, error) {
	apps := s.Of("Microsoft.Web/sites")
	if len(apps) != 1 {
		return nil, fmt.Errorf("%d Functions apps", len(apps))
	}
	var properties struct{ SiteConfig struct{ AppSettings any } }
	if err := json.Unmarshal(apps[0].Properties, &properties); err != nil {
		return nil, err
	}
	value, err := s.Evaluator().Value(properties.SiteConfig.AppSettings)
	if err != nil {
		return nil, err
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("app settings are %T", value)
	}
	out := map[string]string{}
	for _, entry := range list {
		setting := entry.(map[string]any)
		name := setting["name"].(string)
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%s is set twice", name)
		}
		out[name] = fmt.Sprint(setting["value"])
	}
	return out, nil
}

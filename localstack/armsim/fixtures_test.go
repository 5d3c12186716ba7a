package armsim_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"certgate/localstack/armsim"
	"certgate/localstack/vaultsim/bundle"
)

// fixture is an official example: a request and its reply.
type fixture struct {
	Parameters struct {
		Body document `json:"parameters"`
	} `json:"parameters"`
	Responses map[string]struct {
		Body any `json:"body"`
	} `json:"responses"`
}

func readFixture(t *testing.T, name string, edit ...string) fixture {
	t.Helper()
	dir := os.Getenv("CERTGATE_FIXTURES")
	if dir == "" {
		t.Skip("CERTGATE_FIXTURES is not set: it is the folder that holds the official REST examples, azure-rest-api-specs")
	}
	data, err := os.ReadFile(filepath.Join(dir, "azure-rest-api-specs", "network", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	if err := json.Unmarshal([]byte(strings.NewReplacer(edit...).Replace(string(data))), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// members lists the paths of all members of a JSON value; of a list it looks at
// every entry.
func members(v any, path string) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			out = append(append(out, path+"/"+name), members(value, path+"/"+name)...)
		}
	case []any:
		for _, entry := range v {
			out = append(out, members(entry, path+"[]")...)
		}
	}
	return out
}

func wantMembers(t *testing.T, name string, want, got any) {
	t.Helper()
	have := members(got, "")
	for _, member := range members(want, "") {
		if !slices.Contains(have, member) {
			t.Errorf("%s: the reply has no %s", name, member)
		}
	}
}

// TestTheOfficialExamplesAreAcceptedAndAnsweredAlike uses the create example
// with real certificates in the place of its asterisks.
func TestTheOfficialExamplesAreAcceptedAndAnsweredAlike(t *testing.T) {
	t.Parallel()
	const secret = "https://kv.vault.azure.net/secrets/secret"
	upload := pfx(t, selfSigned(t, "up.example", 0))
	vault := &shelf{present: bundle.TypePFX, values: map[string]string{secret: upload}}
	s := setup(t, armsim.Options{Secrets: vault})
	s.sim.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg1", Name: "appgwpip", Location: "eastus", Address: "192.0.2.1", FQDN: "gw.example"})
	create := readFixture(t, "ApplicationGatewayCreate", "/subscriptions/subid/", "/subscriptions/"+subscription+"/",
		"https://kv/secret", secret, `"password": "****"`, `"password": ""`, `"data": "****"`, `"data": "`+upload+`"`)
	s.id = "/subscriptions/" + subscription + "/resourceGroups/rg1/providers/Microsoft.Network/applicationGateways/appgw"
	got, err := s.put(t.Context(), create.Parameters.Body)
	if err != nil {
		t.Fatal(err)
	}
	// The example's reply shows urlConfiguration.modifiedQueryString, which its request
	// lacks, and authenticationCertificates, which no recorded v2 gateway has.
	want := create.Responses["200"].Body
	var missing []string
	have := members(map[string]any(got), "")
	for _, member := range members(want, "") {
		if !slices.Contains(have, member) && !strings.HasSuffix(member, "/modifiedQueryString") && !strings.HasSuffix(member, "/authenticationCertificates") && !strings.HasSuffix(member, "/privateIPAllocationMethod") {
			missing = append(missing, member)
		}
	}
	if len(missing) > 0 {
		t.Errorf("create: the reply lacks %v", missing)
	}

	tags := readFixture(t, "ApplicationGatewayUpdateTags")
	resp, err := s.do(t.Context(), http.MethodPatch, s.id, tags.Parameters.Body, nil)
	if err != nil {
		t.Fatal(err)
	}
	var patched document
	if err := runtime.UnmarshalAsJSON(resp, &patched); err != nil {
		t.Fatal(err)
	}
	if patched["tags"].(map[string]any)["tag1"] != "value1" {
		t.Errorf("tags are %v", patched["tags"])
	}
	if resp, err = s.do(t.Context(), http.MethodGet, "/subscriptions/"+subscription+"/resourceGroups/rg1/providers/Microsoft.Network/publicIPAddresses/appgwpip", nil, nil); err != nil {
		t.Fatal(err)
	}
	var address document
	if err := runtime.UnmarshalAsJSON(resp, &address); err != nil {
		t.Fatal(err)
	}
	example := readFixture(t, "PublicIpAddressGet").Responses["200"].Body.(map[string]any)
	delete(example["properties"].(map[string]any), "ipTags")
	delete(example["properties"].(map[string]any)["ddosSettings"].(map[string]any), "ddosProtectionPlan") // this one has none of its own
	wantMembers(t, "public address", example, map[string]any(address))
}

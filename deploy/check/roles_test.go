package check

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Names of the roles, as the documentation has them.
var roleNames = map[string]string{
	"b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
	"ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
	"974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
	"0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
	"a4417e6f-fecd-4de8-b567-7b0420556985": "Key Vault Certificates Officer",
	"b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
	"4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
	"21090545-7ca7-4776-b22c-e363652d74d2": "Key Vault Reader",
	"befefa01-2a29-4197-83a8-272ff33ce314": "DNS Zone Contributor",
	"4d97b98b-1d4f-4787-a291-c67834d212e7": "Network Contributor",
	"f1a07417-d97a-45cb-824c-7a7467783830": "Managed Identity Operator",
	"3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
}

// always are the roles on the installation's own resources.
var always = []string{
	"app: Storage Blob Data Owner on Microsoft.Storage/storageAccounts/state",
	"app: Storage Queue Data Contributor on Microsoft.Storage/storageAccounts/state",
	"app: Storage Table Data Contributor on Microsoft.Storage/storageAccounts/state",
	"app: Storage Blob Data Contributor on blobServices/default/containers",
	"app: Key Vault Certificates Officer on Microsoft.KeyVault/vaults",
	"app: Key Vault Secrets Officer on Microsoft.KeyVault/vaults",
	"app: Monitoring Metrics Publisher on Microsoft.Insights/components",
	"gateway: Key Vault Secrets User on Microsoft.KeyVault/vaults",
}

// Every right is given once, on the narrowest thing that there is, and no other.
func TestEachRoleIsAssignedOnceAndNoneIsWider(t *testing.T) {
	t.Parallel()
	single := []string{
		"app: Network Contributor on Microsoft.Network/applicationGateways",
		"app: Network Contributor on virtualNetworks/subnets",
		"app: Network Contributor on Microsoft.Network/publicIPAddresses",
		"app: Managed Identity Operator on Microsoft.ManagedIdentity/userAssignedIdentities",
	}
	custom := []string{
		"app: custom on Microsoft.Network/applicationGateways",
		"app: custom on virtualNetworks/subnets",
		"app: custom on Microsoft.Network/publicIPAddresses",
		"app: custom on Microsoft.ManagedIdentity/userAssignedIdentities",
	}
	for name, onGateway := range map[string][]string{
		"minimal":         single,
		"private-network": single,
		"existing-vault":  custom,
		"dedicated":       {},
		// Two subnets, of which one is named twice; two addresses; a firewall policy. Of the
		// second gateway itself, subnet and address: policy and identity are the first one's.
		"everything": append(slices.Clone(single), "app: Key Vault Reader on Microsoft.KeyVault/vaults", "app: Network Contributor on virtualNetworks/subnets", "app: Network Contributor on Microsoft.Network/publicIPAddresses",
			"app: DNS Zone Contributor on Microsoft.Network/dnsZones", "app: DNS Zone Contributor on Microsoft.Network/dnsZones",
			"app: Network Contributor on Microsoft.Network/applicationGateways", "app: Network Contributor on virtualNetworks/subnets", "app: Network Contributor on Microsoft.Network/publicIPAddresses",
			"app: Network Contributor on Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies"),
		// Of three gateways, two in one subnet; the second has no identity.
		"several-gateways": append(slices.Clone(custom), "app: custom on Microsoft.Network/applicationGateways", "app: custom on Microsoft.Network/applicationGateways",
			"app: custom on virtualNetworks/subnets", "app: custom on Microsoft.Network/publicIPAddresses", "app: custom on Microsoft.Network/publicIPAddresses",
			"app: custom on Microsoft.ManagedIdentity/userAssignedIdentities", "gateway: Key Vault Secrets User on Microsoft.KeyVault/vaults"),
		// Two gateways are in one group, with one subnet and one identity; the third is in
		// another. The addresses are in those groups and need nothing of their own.
		"gateway-elsewhere": {"app: Network Contributor on resourceGroups", "app: Network Contributor on resourceGroups",
			"app: Network Contributor on virtualNetworks/subnets", "app: Network Contributor on virtualNetworks/subnets",
			"app: Network Contributor on Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies",
			"app: Managed Identity Operator on Microsoft.ManagedIdentity/userAssignedIdentities", "app: Managed Identity Operator on Microsoft.ManagedIdentity/userAssignedIdentities",
			"gateway: Key Vault Secrets User on Microsoft.KeyVault/vaults"},
	} {
		s := find(t, name)
		want := slices.Concat(always, onGateway)
		got := assignments(t, s)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s assigns\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func find(t *testing.T, name string) Snapshot {
	t.Helper()
	for _, s := range snapshots(t) {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no snapshot %s", name)
	return Snapshot{}
}

// assignments describes each: who, which role, on what kind of thing.
func assignments(t *testing.T, s Snapshot) (out []string) {
	t.Helper()
	var own []string // GUIDs of roles that the template defines
	for _, r := range s.Of("Microsoft.Authorization/roleDefinitions") {
		own = append(own, r.Name)
	}
	names := map[string]bool{}
	for _, r := range s.Of("Microsoft.Authorization/roleAssignments") {
		if names[r.ID] {
			t.Errorf("%s: %s is there twice", s.Name, r.ID)
		}
		names[r.ID] = true
		var p struct{ PrincipalID, PrincipalType, RoleDefinitionID string }
		if err := json.Unmarshal(r.Properties, &p); err != nil {
			t.Fatal(err)
		}
		if p.PrincipalType != "ServicePrincipal" {
			t.Errorf("%s: an assignment says principalType %q; a fresh identity may not be found", s.Name, p.PrincipalType)
		}
		role := p.RoleDefinitionID[strings.LastIndex(p.RoleDefinitionID, "/")+1:]
		name := roleNames[role]
		if slices.Contains(own, role) {
			name = "custom"
		}
		if name == "" {
			t.Errorf("%s: the role %s is none that certgate needs", s.Name, role)
		}
		who := "app"
		if slices.ContainsFunc(s.GatewayIdentities, func(id string) bool {
			return strings.Contains(strings.ToLower(p.PrincipalID), "'"+strings.ToLower(id)+"'")
		}) {
			who = "gateway"
		} else if !strings.Contains(p.PrincipalID, "'"+appIdentity(t, s)+"'") {
			t.Errorf("%s: a role goes to %s", s.Name, p.PrincipalID)
		}
		out = append(out, who+": "+name+" on "+kindOf(r.ID))
	}
	return out
}

// appIdentity is the id of the identity that the app runs as.
func appIdentity(t *testing.T, s Snapshot) string {
	t.Helper()
	ids := slices.Collect(maps.Keys(s.Of("Microsoft.Web/sites")[0].Identity.UserAssignedIdentities))
	if len(ids) != 1 {
		t.Fatalf("%s: the app runs as %q", s.Name, ids)
	}
	return ids[0]
}

// An identity that is given is the app's; the template makes none beside it.
func TestAnIdentityThatIsGivenIsTheApps(t *testing.T) {
	t.Parallel()
	for _, s := range snapshots(t) {
		made := s.Of("Microsoft.ManagedIdentity/userAssignedIdentities")
		given, ok := s.Parameters["existingIdentityId"].(string)
		switch used := appIdentity(t, s); {
		case ok && (used != given || len(made) != 0):
			t.Errorf("%s: the app runs as %s, and %d identities are made", s.Name, used, len(made))
		case !ok && (len(made) != 1 || used != made[0].ID):
			t.Errorf("%s: the app runs as %s, of %d that are made", s.Name, used, len(made))
		}
		app := string(s.Of("Microsoft.Web/sites")[0].Properties)
		if !strings.Contains(app, `"keyVaultReferenceIdentity": "`+appIdentity(t, s)+`"`) {
			t.Errorf("%s: references to the vault are read by another identity", s.Name)
		}
	}
}

// kindOf is the type of what an assignment's id is below; the state account is
// told apart from the other.
func kindOf(id string) string {
	scope := id[:strings.LastIndex(id, "/providers/Microsoft.Authorization/")]
	parts := strings.Split(strings.Trim(scope, "/"), "/")
	if len(parts) < 6 {
		return parts[len(parts)-2] // resourceGroups, or subscriptions
	}
	kind := parts[len(parts)-3] + "/" + parts[len(parts)-2]
	switch {
	case len(parts) > 8 && parts[len(parts)-2] == "subnets":
		return "virtualNetworks/subnets"
	case len(parts) > 8:
		return strings.Join(parts[len(parts)-4:len(parts)-1], "/")
	case kind == "Microsoft.Storage/storageAccounts" && strings.HasSuffix(scope, "state"):
		return kind + "/state"
	}
	return kind
}

// The role of one's own has what Azure checks on a write, and no more.
func TestTheCustomRoleHasTheActionsOfAWrite(t *testing.T) {
	t.Parallel()
	s := find(t, "existing-vault")
	roles := s.Of("Microsoft.Authorization/roleDefinitions")
	if len(roles) != 1 {
		t.Fatalf("%d roles are defined", len(roles))
	}
	var p struct {
		AssignableScopes []string
		Permissions      []struct{ Actions []string }
	}
	if err := json.Unmarshal(roles[0].Properties, &p); err != nil {
		t.Fatal(err)
	}
	if len(p.AssignableScopes) != 1 || !strings.HasSuffix(p.AssignableScopes[0], "/resourceGroups/network") {
		t.Errorf("it can be assigned in %q", p.AssignableScopes)
	}
	for _, action := range p.Permissions[0].Actions {
		if strings.Contains(action, "*") || strings.HasSuffix(action, "/delete") {
			t.Errorf("it allows %s", action)
		}
	}
	for _, action := range []string{"Microsoft.Network/applicationGateways/write", "Microsoft.Network/virtualNetworks/subnets/join/action",
		"Microsoft.Network/publicIPAddresses/join/action", "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action",
		"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "Microsoft.Authorization/permissions/read"} {
		if !slices.Contains(p.Permissions[0].Actions, action) {
			t.Errorf("it lacks %s", action)
		}
	}
}

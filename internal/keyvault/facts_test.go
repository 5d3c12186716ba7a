package keyvault_test

import (
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/internal/inventory"
	"certgate/internal/keyvault"
	"certgate/internal/secretid"
	"certgate/localstack/vaultsim"
)

func idOf(t *testing.T, text string) secretid.ID {
	t.Helper()
	id, ok := secretid.Parse(text)
	if !ok {
		t.Fatalf("%s is no id", text)
	}
	return id
}

func TestTheFactsOfSomebodyElsesCertificate(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	others := keyvault.NewOthers(s.vault(t), keyvault.Config{Credential: identity{}, Transport: s.transport})
	s.somebodyElse(t, "shop", map[string]*string{"Acmebot": to.Ptr(`{"endpoint":"acme-v02.api.letsencrypt.org"}`)})
	before := s.Calls("")
	facts, err := others.Facts(t.Context(), idOf(t, "https://PLATFORM.vault.azure.net:443/secrets/Shop/"))
	if err != nil || facts.Trouble != inventory.NoTrouble || len(facts.Leaf) == 0 || facts.Tags["Acmebot"] == "" || facts.Issuer != "Unknown" || facts.Created.IsZero() {
		t.Errorf("%+v, %v", facts, err)
	}
	if calls := s.Calls("") - before; calls != 1 {
		t.Errorf("%d requests", calls)
	}
	if versions, err := others.Versions(t.Context(), idOf(t, vaultURL+"/secrets/shop")); err != nil || len(versions) != 1 || versions[0].NotAfter.IsZero() {
		t.Errorf("%+v, %v", versions, err)
	}
	if s.Calls("GET /secrets/{name}")+s.Calls("GET /secrets/{name}/{$}")+s.Calls("GET /secrets/{name}/{version}") != 0 {
		t.Error("a secret's value was read")
	}

	_, err = s.azure.UpdateCertificate(t.Context(), "shop", "", azcertificates.UpdateCertificateParameters{CertificateAttributes: &azcertificates.CertificateAttributes{Enabled: to.Ptr(false)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if facts, err := others.Facts(t.Context(), idOf(t, vaultURL+"/secrets/shop")); err != nil || facts.Trouble != inventory.Disabled || facts.Tags["Acmebot"] == "" {
		t.Errorf("disabled: %+v, %v", facts, err)
	}
	if _, err := s.azure.DeleteCertificate(t.Context(), "shop", nil); err != nil {
		t.Fatal(err)
	}
	if facts, err := others.Facts(t.Context(), idOf(t, vaultURL+"/secrets/shop")); err != nil || facts.Trouble != inventory.Deleted {
		t.Errorf("deleted: %+v, %v", facts, err)
	}
	if facts, err := others.Facts(t.Context(), idOf(t, vaultURL+"/secrets/never")); err != nil || facts.Trouble != inventory.Gone {
		t.Errorf("never there: %+v, %v", facts, err)
	}
}

func TestAPlainSecretIsKnownByItsVersionsAlone(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	secrets, err := azsecrets.NewClient(vaultURL, identity{}, &azsecrets.ClientOptions{ClientOptions: clientOptions(s.transport)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.SetSecret(t.Context(), "app", azsecrets.SetSecretParameters{Value: to.Ptr("pfx"), ContentType: to.Ptr("application/x-pkcs12")}, nil); err != nil {
		t.Fatal(err)
	}
	others := keyvault.NewOthers(s.vault(t), keyvault.Config{Credential: identity{}, Transport: s.transport})
	if facts, err := others.Facts(t.Context(), idOf(t, vaultURL+"/secrets/app")); err != nil || facts.Trouble != inventory.SecretOnly {
		t.Errorf("%+v, %v", facts, err)
	}
}

// Another vault is asked with the app's identity; what is no vault of the cloud gets no
// token, whatever the gateway's document says.
func TestOtherVaultsAreAskedAndOtherHostsAreNot(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	others := keyvault.NewOthers(s.vault(t), keyvault.Config{Credential: identity{}, Transport: s.transport})
	if facts, err := others.Facts(t.Context(), idOf(t, "https://team.vault.azure.net/secrets/a")); err != nil || facts.Trouble != inventory.Gone {
		t.Errorf("%+v, %v", facts, err)
	}
	before := s.Calls("")
	for _, host := range []string{"vault.azure.net.evil.example", "evil.example", "a.b.vault.azure.net", "platform.vault.azure.net:8443", "x-vault.azure.net.", "127.0.0.1"} {
		if facts, err := others.Facts(t.Context(), idOf(t, "https://"+host+"/secrets/a")); err == nil || facts.Trouble != inventory.NoAccess {
			t.Errorf("%s: %+v, %v", host, facts, err)
		}
	}
	if s.Calls("") != before {
		t.Error("somebody else was asked")
	}
}

func TestAVaultThatRefusesOrIsAwayIsATrouble(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]inventory.Trouble{http.StatusForbidden: inventory.NoAccess, http.StatusConflict: inventory.NoAnswer} {
		s := simulate(t)
		s.Server = vaultsim.New(vaultsim.Options{Tokens: anyToken{}, Deny: func(string, string) (vaultsim.Refusal, bool) {
			return vaultsim.Refusal{Status: status, Code: "Forbidden", Message: "no"}, true
		}})
		transport := redirect(t, s.Server)
		config := keyvault.Config{BaseURL: vaultURL, Credential: identity{}, Transport: transport}
		own, err := keyvault.New(config)
		if err != nil {
			t.Fatal(err)
		}
		if facts, err := keyvault.NewOthers(own, config).Facts(t.Context(), idOf(t, vaultURL+"/secrets/a")); err == nil || facts.Trouble != want {
			t.Errorf("%d: %+v, %v", status, facts, err)
		}
	}
}

func clientOptions(t policy.Transporter) azcore.ClientOptions {
	return azcore.ClientOptions{Transport: t}
}

package main

import (
	"testing"

	"certgate/internal/settings"
)

// The names are stored: an account whose secret is not found is made anew.
func TestAnAccountKeepsItsSecretWhateverItsIssuerIsCalled(t *testing.T) {
	t.Parallel()
	const directory = "https://acme-v02.api.letsencrypt.org/directory"
	at := func(name, endpoint string) settings.Issuer { return settings.Issuer{Name: name, Endpoint: endpoint} }
	for _, c := range []struct {
		all  []settings.Issuer
		want []string
	}{
		{[]settings.Issuer{at("default", directory)}, []string{""}},
		{[]settings.Issuer{at("le", directory+"/")}, []string{""}}, // the default one under a name
		{[]settings.Issuer{at("le", directory), at("other", "https://ca.example/dir")}, []string{"", ""}},
		{[]settings.Issuer{at("b", directory), at("a", directory)}, []string{"-b", ""}},
		{[]settings.Issuer{at("a", directory), at("default", directory)}, []string{"-a", ""}},
	} {
		for i, issuer := range c.all {
			if got, want := accountSecret(issuer.Endpoint)+accountSuffix(issuer, c.all), "certgate-acme-account-5e76d315"+c.want[i]; issuer.Name != "other" && got != want {
				t.Errorf("%s of %d: %s, want %s", issuer.Name, len(c.all), got, want)
			}
		}
	}
}

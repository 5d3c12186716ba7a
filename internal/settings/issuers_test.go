package settings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/settings"
)

const letsencrypt, zerossl = "https://acme-v02.api.letsencrypt.org/directory", "https://acme.zerossl.com/v2/DV90"

func TestIssuersStandInTheOrderOfPreference(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want []settings.Issuer
		note string
	}{
		"today's settings are the default issuer": {map[string]string{"AcmeCaaDomains": "Ca.example, other.example", "AcmePreferredChain": "Root 1", "AcmeEabKeyId": "k", "AcmeEabSecret": "eab"},
			[]settings.Issuer{{Name: "default", Preferred: true, Endpoint: "https://127.0.0.1:14000/dir", CAADomains: []string{"ca.example", "other.example"}, PreferredChain: "Root 1", EABKeyID: "k", EABSecret: "eab"}}, ""},
		"one issuer of the family needs no order": {map[string]string{"AcmeEndpoint": "", "Issuer__le__Endpoint": letsencrypt},
			[]settings.Issuer{{Name: "le", Preferred: true, Endpoint: letsencrypt}}, ""},
		"several": {map[string]string{
			"AcmeEndpoint": "", "Issuers": "zerossl, le", "Issuer__le__Endpoint": letsencrypt, "Issuer__le__Profile": "tlsserver", "Issuer__le__AccountEmail": "ops@example.com",
			"Issuer__zerossl__Endpoint": zerossl, "Issuer__zerossl__EabKeyId": "kid", "Issuer__zerossl__EabHmacKey": "c2l4dGVlbi1ieXRlcy1vZi1rZXk"},
			[]settings.Issuer{
				{Name: "zerossl", Preferred: true, Endpoint: zerossl, EABKeyID: "kid", EABHMACKey: "c2l4dGVlbi1ieXRlcy1vZi1rZXk"},
				{Name: "le", Preferred: true, Endpoint: letsencrypt, Profile: "tlsserver", AccountEmail: "ops@example.com"},
			}, ""},
		"one that is not in the order": {map[string]string{"Issuer__zerossl__Endpoint": zerossl},
			[]settings.Issuer{{Name: "default", Preferred: true, Endpoint: "https://127.0.0.1:14000/dir"}, {Name: "zerossl", Endpoint: zerossl}},
			"The issuer zerossl is not in Issuers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := settings.Load(with(c.env))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Issuers); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if notes := strings.Join(got.Notes, "\n"); c.note != "" && !strings.Contains(notes, c.note) || c.note == "" && strings.Contains(notes, "not in Issuers") {
				t.Errorf("notes: %s", notes)
			}
		})
	}
}

func TestWhatDoesNotGoTogetherIsToldOfEachIssuer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"Issuers": "le"}, `Issuers names "le", which has no settings. Set Issuer__le__Endpoint, or take the name out.`},
		{map[string]string{"Issuers": "le,le"}, `lists "le" twice`},
		{map[string]string{"Issuers": "Le"}, `lists "Le", which is not 1 to 16 lower-case letters`},
		{map[string]string{"Issuers": "default", "AcmeEndpoint": "", "Issuer__a__Endpoint": zerossl}, `Issuers names "default", which has no settings. Set AcmeEndpoint`},
		{map[string]string{"AcmeEndpoint": "", "Issuer__a__Endpoint": zerossl, "Issuer__b__Endpoint": zerossl}, `Issuers is missing, and there are several: a, b`},
		{map[string]string{"AcmeEndpoint": "", "AcmeProfile": "tlsserver", "Issuers": "a", "Issuer__a__Endpoint": zerossl}, "AcmeEndpoint is missing, but AcmeProfile is set"},
		{map[string]string{"Issuer__default__Endpoint": zerossl}, "has a name that is taken"},
		{map[string]string{"Issuer__a__Profile": "x"}, "Issuer__a__Endpoint is missing"},
		{map[string]string{"Issuer__a__Endpoint": "http://a.example"}, "Issuer__a__Endpoint is \"http://a.example/\", which is not an https URL"},
		{map[string]string{"Issuer__a__Endpoint": zerossl, "Issuer__a__EabKeyId": "k"}, "Issuer__a__EabHmacKey is missing, but Issuer__a__EabKeyId is set"},
		{map[string]string{"Issuer__a__Endpoint": zerossl, "Issuer__a__EabSecret": "k"}, "Issuer__a__EabKeyId is missing, but Issuer__a__EabSecret is set"},
		{map[string]string{"AcmeEabKeyId": "k", "AcmeEabSecret": "s", "AcmeEabHmacKey": "c2l4dGVlbi1ieXRlcy1vZi1rZXk"}, "AcmeEabSecret is set, and AcmeEabHmacKey too. Remove one of the two."},
		{map[string]string{"AcmeEabKeyId": "k", "AcmeEabSecret": "a/b"}, "is not the name of a secret"},
		{map[string]string{"IssuerPatienceMinutes": "-1"}, "is not a number of minutes from 0 to 1440"},
		{map[string]string{"AcmeCaaDomains": "https://letsencrypt.org"}, "which is no domain"},
		{map[string]string{"Issuer__a__Endpoint": zerossl, "Issuer__a__Chain": "x"}, "Issuer__a__Chain is no setting of certgate. After Issuer__a__ stands one of Endpoint, AccountEmail, Profile, PreferredChain, CaaDomains, EabKeyId, EabHmacKey, EabSecret."},
	} {
		if _, err := settings.Load(with(c.env)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %s", c.env, err, c.want)
		}
	}
}

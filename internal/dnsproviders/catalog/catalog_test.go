package catalog_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/catalog"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnssim"
)

const azureZone = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/dnsZones/example.com"

// good has an entry for each provider.
func good(t *testing.T) map[string]catalog.Entry {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	return map[string]catalog.Entry{
		"acmedns":      {Secret: `{"url":"https://auth.example","registrations":[{"fulldomain":"a.auth.example","subdomain":"a","username":"u","password":"p"}]}`},
		"azuredns":     {Zones: []string{azureZone}},
		"cloudflare":   {Secret: "token\n"},
		"desec":        {Secret: "token"},
		"digitalocean": {Secret: `{"token":"token"}`},
		"godaddy":      {Secret: `{"key":"k","secret":"s"}`},
		"googledns":    {Secret: string(dnsapis.GoogleKey("p", "https://oauth2.example", private))},
		"hetzner":      {Secret: "token"},
		"ovh":          {Secret: `{"endpoint":"ovh-eu","applicationKey":"a","applicationSecret":"b","consumerKey":"c"}`},
		"rfc2136":      {Secret: `{"server":"ns.example","key":"certgate","secret":"c2VjcmV0"}`, Zones: []string{"example.com"}},
		"route53":      {Secret: `{"accessKeyId":"a","secretAccessKey":"b"}`},
		"webhook":      {Secret: `{"url":"https://dns.example/hook","username":"u","password":"p"}`, Zones: []string{"example.com"}},
	}
}

func TestEachProviderOpensWithItsSecret(t *testing.T) {
	t.Parallel()
	entries := good(t)
	names := catalog.Names()
	if !slices.IsSorted(names) || len(names) != len(entries) {
		t.Errorf("the providers are %v", names)
	}
	for _, name := range names {
		e := entries[name]
		e.Provider = name
		if _, err := catalog.Open(e, catalog.Tools{Credential: &fake.TokenCredential{}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsWrongIsSaidWithoutTheSecret(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		entry catalog.Entry
		says  string
	}{
		{catalog.Entry{Provider: "bind"}, `there is no DNS provider "bind"; there are acmedns, azuredns,`},
		{catalog.Entry{Provider: "azuredns"}, "azuredns must be told its zones"},
		{catalog.Entry{Provider: "azuredns", Zones: []string{azureZone}, Secret: "HIDDEN"}, "the app's identity is used, and no secret"},
		{catalog.Entry{Provider: "webhook", Secret: `{"url":"https://x.example"}`}, "webhook must be told its zones"},
		{catalog.Entry{Provider: "cloudflare"}, "the secret is missing; it is the API token"},
		{catalog.Entry{Provider: "cloudflare", Secret: "HIDDEN two"}, "is not an API token"},
		{catalog.Entry{Provider: "cloudflare", Secret: `{"token":""}`}, "the secret has no token"},
		{catalog.Entry{Provider: "route53", Secret: "HIDDEN"}, "the secret is not JSON with accessKeyId, secretAccessKey"},
		{catalog.Entry{Provider: "route53", Secret: `{"accessKeyId":"HIDDEN"}`}, "the secret has no secretAccessKey"},
		{catalog.Entry{Provider: "route53", Secret: `{"accessKeyId":"HIDDEN","secretKey":"HIDDEN"}`}, `the secret has a member "secretKey" that is not known`},
		{catalog.Entry{Provider: "godaddy", Secret: `{"key":"HIDDEN","secret":7}`}, "the secret is not JSON with key, secret"},
		{catalog.Entry{Provider: "googledns", Secret: "HIDDEN"}, "the secret is not the JSON key of a service account"},
		{catalog.Entry{Provider: "ovh", Secret: `{"endpoint":"ovh-mars","applicationKey":"HIDDEN","applicationSecret":"HIDDEN","consumerKey":"HIDDEN"}`}, `"ovh-mars" is neither ovh-eu`},
	} {
		_, err := catalog.Open(tc.entry, catalog.Tools{Credential: &fake.TokenCredential{}})
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "HIDDEN") {
			t.Errorf("%s %q: %v, want %s", tc.entry.Provider, tc.entry.Secret, err, tc.says)
		}
	}
}

// toServer sends every request to one server.
type toServer struct{ to *url.URL }

func (s toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host = s.to.Scheme, s.to.Host
	out.URL.Path = strings.TrimPrefix(out.URL.Path, "/client/v4")
	return http.DefaultTransport.RoundTrip(out)
}

func TestZonesThatAreNamedLeaveOutTheOthers(t *testing.T) {
	t.Parallel()
	world := dnssim.New(dnssim.Options{})
	t.Cleanup(world.Close)
	for _, name := range []string{"one.example", "two.example", "three.example"} {
		world.AddZone(name, "ns1.provider.test")
	}
	for provider, api := range map[string]http.Handler{"cloudflare": dnsapis.Cloudflare(world, "token"), "route53": dnsapis.Route53(world, "a")} {
		server := httptest.NewServer(api)
		t.Cleanup(server.Close)
		to, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		e := good(t)[provider]
		e.Provider, e.Zones = provider, []string{"Two.example.", "four.example"}
		account, err := catalog.Open(e, catalog.Tools{HTTP: &http.Client{Transport: toServer{to}}})
		if err != nil {
			t.Fatal(err)
		}
		zones, err := account.Zones(t.Context())
		if err != nil || len(zones) != 1 || zones[0].Name != "two.example" {
			t.Fatalf("%s: zones are %v, %v", provider, zones, err)
		}
		hosts, err := account.(dnsproviders.NameServerLister).NameServers(t.Context(), zones[0])
		if err != nil || !slices.Equal(hosts, []string{"ns1.provider.test"}) {
			t.Errorf("%s: name servers are %v, %v", provider, hosts, err)
		}
	}
}

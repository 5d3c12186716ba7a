package pebble_test

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/go-acme/lego/v4/acme"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/accounts"
	"certgate/internal/dnsproviders/azuredns"
	"certgate/internal/hostdns"
	"certgate/localstack/armsim"
	"certgate/localstack/dnssim"
	"certgate/localstack/pebble"
)

// toAzure carries what goes to Azure to the simulator.
type toAzure struct{ to *url.URL }

func (s toAzure) Do(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.URL.Scheme, out.URL.Host = s.to.Scheme, s.to.Host
	return http.DefaultClient.Do(out)
}

// azure is an account at Azure DNS that holds a zone of the world.
func azure(t *testing.T, zone *dnssim.Zone) *azuredns.Account {
	t.Helper()
	sim := armsim.New(armsim.Options{Subscription: "s"})
	t.Cleanup(sim.Close)
	id := sim.AddDNSZone("dns", zone)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	options := arm.ClientOptions{}
	options.Transport = toAzure{to}
	account, err := azuredns.New(azuredns.Config{Scopes: []string{id}, Credential: &fake.TokenCredential{}, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// A wildcard and its base name have two values at one name, here behind an alias
// into a zone of the operator's.
func TestAWildcardAndItsBaseNameAreProvedThroughAzureDNS(t *testing.T) {
	t.Parallel()
	var world *dnssim.World
	var resolver string
	c := startCA(t, func(o *pebble.Options) {
		o.Resolver = func(dns string) string {
			world = dnssim.New(dnssim.Options{Upstream: dns})
			t.Cleanup(world.Close)
			resolver = world.StartRecursor().String()
			return resolver
		}
	})
	world.AddZone("customer.test", "ns1.customer.test", "ns2.customer.test").Add("_acme-challenge CNAME k7.acme.platform.test.")
	zone := world.AddZone("acme.platform.test", "ns1.azure.test", "ns2.azure.test")
	public, err := hostdns.New(hostdns.Config{Servers: []string{resolver}, AuthorityPort: world.Port(), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	all := accounts.New(public, accounts.Named{Name: "azure", Account: azure(t, zone)})

	order, err := c.acme.Orders.New([]string{"customer.test", "*.customer.test"})
	if err != nil {
		t.Fatal(err)
	}
	var values, challenges []string
	for _, u := range order.Authorizations {
		authz, err := c.acme.Authorizations.Get(u)
		if err != nil {
			t.Fatal(err)
		}
		for _, challenge := range authz.Challenges {
			if challenge.Type != "dns-01" {
				continue
			}
			key, err := c.acme.GetKeyAuthorization(challenge.Token)
			if err != nil {
				t.Fatal(err)
			}
			digest := sha256.Sum256([]byte(key))
			values, challenges = append(values, base64.RawURLEncoding.EncodeToString(digest[:])), append(challenges, challenge.URL)
		}
	}
	hops, err := public.Aliases(t.Context(), "_acme-challenge.customer.test")
	if err != nil || len(hops) != 2 {
		t.Fatalf("hops are %v, %v", hops, err)
	}
	name := hops[1].Name
	held, err := all.For(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	account, _ := all.Account(held.Account)
	change := dnsproviders.Change{Name: name, Values: values, TTL: time.Minute}
	receipt, err := account.Ensure(t.Context(), held.Zone, change)
	if err != nil {
		t.Fatal(err)
	}
	sight, err := public.TXTEverywhere(t.Context(), held.Zone.Name, name, values)
	if err != nil || !sight.Everywhere(false) {
		t.Fatalf("%v, %s", err, sight.Sentence())
	}
	for _, u := range challenges {
		if _, err := c.acme.Challenges.New(u); err != nil {
			t.Fatal(err)
		}
	}
	c.await(t, order.Location, acme.StatusReady)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"customer.test", "*.customer.test"}}, newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.acme.Orders.UpdateForCSR(order.Finalize, csr); err != nil {
		t.Fatal(err)
	}
	c.await(t, order.Location, acme.StatusValid)
	if err := account.Remove(t.Context(), held.Zone, change, receipt); err != nil {
		t.Fatal(err)
	}
	if left := zone.TXTNames(); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if len(values) != 2 || values[0] == values[1] {
		t.Errorf("values are %v", values)
	}
}

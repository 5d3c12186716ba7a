package azuredns_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/azuredns"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/durable"
	"certgate/localstack/armsim"
	"certgate/localstack/dnssim"
	"certgate/localstack/recorded"
)

const subscription = "00000000-0000-0000-0000-000000000001"

// world is Azure DNS with one zone, example.com, behind a door.
type world struct {
	sim  *armsim.Server
	door *dnstest.Door
	zone *dnssim.Zone
	id   string
	url  *url.URL
}

func start(t *testing.T) *world {
	t.Helper()
	names := dnssim.New(dnssim.Options{})
	t.Cleanup(names.Close)
	w := &world{sim: armsim.New(armsim.Options{Subscription: subscription,
		Permissions: func(string) []armsim.Permission { return []armsim.Permission{armsim.DNSZoneContributor()} }})}
	t.Cleanup(w.sim.Close)
	w.zone = names.AddZone("example.com", "NS1-08.azure-dns.test", "ns2-08.azure-dns.test")
	w.id = w.sim.AddDNSZone("dns", w.zone)
	w.door = &dnstest.Door{Next: w.sim}
	server := httptest.NewServer(w.door)
	t.Cleanup(server.Close)
	var err error
	if w.url, err = url.Parse(server.URL); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) open(t *testing.T, scopes ...string) *azuredns.Account {
	t.Helper()
	options := arm.ClientOptions{}
	options.Transport = toServer{w.url}
	if len(scopes) == 0 {
		scopes = []string{w.id}
	}
	a, err := azuredns.New(azuredns.Config{Scopes: scopes, Credential: &fake.TokenCredential{}, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// toServer carries what goes to Azure to the simulator.
type toServer struct{ to *url.URL }

func (s toServer) Do(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.URL.Scheme, out.URL.Host = s.to.Scheme, s.to.Host
	return http.DefaultClient.Do(out)
}

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		w := start(t)
		return dnstest.Stand{
			Open:   func() dnsproviders.Account { return w.open(t) },
			Zone:   "example.com",
			Values: func(name string) []string { values, _ := w.zone.TXT(name); return values },
			Put: func(name, value string) {
				w.sim.AddTXT(w.id, dnsproviders.Zone{Name: "example.com"}.Relative(name, "@"), value)
			},
			LoseZone:     func() { w.sim.RemoveDNSZone(w.id) },
			Fails:        w.door.Fails,
			BeforeChange: w.door.BeforeChange,
		}
	})
}

func challenge(values ...string) dnsproviders.Change {
	return dnsproviders.Change{Name: "_acme-challenge.example.com", Values: values, TTL: time.Minute}
}

func zone(t *testing.T, a *azuredns.Account) dnsproviders.Zone {
	t.Helper()
	zones, err := a.Zones(t.Context())
	if err != nil || len(zones) != 1 {
		t.Fatalf("zones are %v, %v", zones, err)
	}
	return zones[0]
}

func TestZonesAreFoundInGroupsAndSubscriptions(t *testing.T) {
	t.Parallel()
	w := start(t)
	group, _, _ := strings.Cut(w.id, "/providers/")
	for _, scopes := range [][]string{{w.id}, {group}, {"/subscriptions/" + subscription}, {group, w.id}} {
		z := zone(t, w.open(t, scopes...))
		if z.Name != "example.com" || z.ID != w.id || fmt.Sprint(z.NameServers) != "[ns1-08.azure-dns.test ns2-08.azure-dns.test]" {
			t.Errorf("%v leads to %+v", scopes, z)
		}
	}
	for _, scope := range []string{"", "example.com", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/example.com",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/dnsZones", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/example.com"} {
		if _, err := azuredns.New(azuredns.Config{Scopes: []string{scope}, Credential: &fake.TokenCredential{}}); err == nil {
			t.Errorf("%q is taken for zones", scope)
		}
	}
}

// Eight processes add and then remove at once; those who come too often in each
// other's way are told to come back.
func TestManyWritersLoseNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	z := zone(t, w.open(t))
	const writers = 8
	all := func(call func(a *azuredns.Account, value string) error) {
		var group sync.WaitGroup
		for i := range writers {
			group.Go(func() {
				for {
					err := call(w.open(t), fmt.Sprintf("value-%d", i))
					if later := (*durable.RetryLater)(nil); errors.As(err, &later) {
						continue
					}
					if err != nil {
						t.Error(err)
					}
					return
				}
			})
		}
		group.Wait()
	}
	w.sim.AddTXT(w.id, "_acme-challenge", "theirs")
	all(func(a *azuredns.Account, value string) error {
		_, err := a.Ensure(t.Context(), z, challenge(value))
		return err
	})
	if values, _ := w.zone.TXT("_acme-challenge.example.com"); len(values) != writers+1 {
		t.Errorf("there are %q", values)
	}
	all(func(a *azuredns.Account, value string) error { return a.Remove(t.Context(), z, challenge(value), "") })
	if values, _ := w.zone.TXT("_acme-challenge.example.com"); len(values) != 1 {
		t.Errorf("left are %q", values)
	}
}

func TestWhatStandsInTheWayIsSaid(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.zone.Add("_acme-challenge CNAME elsewhere.example.")
	a := w.open(t)
	_, err := a.Ensure(t.Context(), zone(t, a), challenge("v"))
	var failure *durable.Failure
	if !errors.As(err, &failure) || failure.Code != dnsproviders.DNSProviderRefused || !strings.Contains(failure.Message, "CNAME record with the same name already exists") {
		t.Errorf("got %v", err)
	}
}

func TestASetOfOthersKeepsItsTTLAndLongValues(t *testing.T) {
	t.Parallel()
	w := start(t)
	long := strings.Repeat("x", 700)
	w.sim.AddTXT(w.id, "_acme-challenge", long)
	a := w.open(t)
	if _, err := a.Ensure(t.Context(), zone(t, a), challenge("v")); err != nil {
		t.Fatal(err)
	}
	if values, ttl := w.zone.TXT("_acme-challenge.example.com"); len(values) != 2 || values[0] != long || ttl != 3600 {
		t.Errorf("there are %d values for %d s", len(values), ttl)
	}
}

// What the service was recorded to answer is understood.
func TestRecordedRepliesAreUnderstood(t *testing.T) {
	t.Parallel()
	const zoneID = "/subscriptions/" + subscription + "/resourceGroups/dns/providers/Microsoft.Network/dnszones/myzone.com"
	for name, wants := range map[string]string{
		"dns-recordset-412-if-match":      "Somebody else is changing the DNS records of myrstxt.myzone.com.",
		"dns-recordset-412-if-none-match": "Somebody else is changing the DNS records of myrstxt.myzone.com.",
	} {
		get, put := recorded.Read(t, "dns-txt-recordset-get"), recorded.Read(t, name)
		if name == "dns-recordset-412-if-none-match" {
			get.Reply.Status, get.Reply.Body = http.StatusNotFound, []byte(`{"code":"NotFound","message":"The resource record 'myrstxt' does not exist in resource group 'dns' of subscription 'x'."}`)
		}
		asked := http.Header{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				get.Reply.Write(w)
				return
			}
			asked = r.Header
			put.Reply.Write(w)
		}))
		t.Cleanup(server.Close)
		to, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		a := (&world{url: to, id: zoneID}).open(t)
		z := dnsproviders.Zone{ID: zoneID, Name: "myzone.com"}
		c := dnsproviders.Change{Name: "myrstxt.myzone.com", Values: []string{"some_text"}}
		if name == "dns-recordset-412-if-match" {
			if _, err := a.Ensure(t.Context(), z, c); err != nil || len(asked) > 0 {
				t.Errorf("the value that is there is written again (%v)", err)
			}
		}
		c.Values = []string{"other"}
		_, err = a.Ensure(t.Context(), z, c)
		var later *durable.RetryLater
		if !errors.As(err, &later) || later.Reason != wants {
			t.Errorf("%s: %v", name, err)
		}
		if etag := get.Reply.Header().Get("Etag"); name == "dns-recordset-412-if-match" && asked.Get("If-Match") != etag {
			t.Errorf("the condition is %q, the ETag was %q", asked.Get("If-Match"), etag)
		}
		if name == "dns-recordset-412-if-none-match" && asked.Get("If-None-Match") != "*" {
			t.Error("a new set is made without condition")
		}
	}
}

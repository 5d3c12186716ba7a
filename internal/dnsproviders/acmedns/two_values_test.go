package acmedns_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/acmedns"
	"certgate/internal/durable"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnssim"
)

func TestARegistrationHoldsTwoValues(t *testing.T) {
	t.Parallel()
	const name = "d420.auth.example"
	world := dnssim.New(dnssim.Options{})
	t.Cleanup(world.Close)
	zone := world.AddZone(name, "auth.example")
	server := httptest.NewServer(dnsapis.ACMEDNS(world, name, "d420", "user", "pass"))
	t.Cleanup(server.Close)
	registration := acmedns.Registration{FullDomain: name, Subdomain: "d420", Username: "user", Password: "pass"}
	a, err := acmedns.New(acmedns.Config{URL: server.URL, Registrations: []acmedns.Registration{registration}})
	if err != nil {
		t.Fatal(err)
	}
	zones, err := a.Zones(t.Context())
	if err != nil || len(zones) != 1 || !zones[0].Contains(name) {
		t.Fatalf("zones are %v, %v", zones, err)
	}
	values := []string{strings.Repeat("a", 43), strings.Repeat("b", 43), strings.Repeat("c", 43)}
	for range 2 {
		if _, err := a.Ensure(t.Context(), zones[0], dnsproviders.Change{Name: name, Values: values[:2]}); err != nil {
			t.Fatal(err)
		}
		if got, _ := zone.TXT(name); !slices.Equal(slices.Sorted(slices.Values(got)), values[:2]) {
			t.Errorf("it has %q", got)
		}
	}
	_, err = a.Ensure(t.Context(), zones[0], dnsproviders.Change{Name: name, Values: values})
	var failure *durable.Failure
	if !errors.As(err, &failure) || failure.Code != dnsproviders.DNSProviderRefused || !strings.Contains(failure.Message, "holds 2 values, and 3 are needed") {
		t.Errorf("three values: %v", err)
	}
	if _, err := acmedns.New(acmedns.Config{URL: server.URL, Registrations: []acmedns.Registration{{FullDomain: name}}}); err == nil {
		t.Error("half a registration is taken")
	}
}

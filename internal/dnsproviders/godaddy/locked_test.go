package godaddy_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/dnsproviders/godaddy"
	"certgate/internal/durable"
	"certgate/internal/memstore"
	"certgate/localstack/dnsapis"
	"certgate/localstack/dnssim"
)

// Two processes remove at the same time; the second comes between the read and the
// write of the first.
func TestProcessesThatShareALockDoNotUndoEachOther(t *testing.T) {
	t.Parallel()
	world := dnssim.New(dnssim.Options{})
	t.Cleanup(world.Close)
	zone := world.AddZone("example.com", "ns1.example.net")
	const name = "_acme-challenge.example.com"
	zone.SetTXT(name, 600, "first", "second", "theirs")
	door := &dnstest.Door{Next: dnsapis.GoDaddy(world, "key", "secret")}
	server := httptest.NewServer(door)
	t.Cleanup(server.Close)
	locks := memstore.New(time.Now)
	remove := func(value string) error {
		a := godaddy.New(godaddy.Config{Key: "key", Secret: "secret", Endpoint: server.URL, Locks: locks})
		return a.Remove(t.Context(), dnsproviders.Zone{ID: "example.com", Name: "example.com"}, dnsproviders.Change{Name: name, Values: []string{value}}, "")
	}
	var during error
	door.BeforeChange(func() { during = remove("second") })
	if err := remove("first"); err != nil {
		t.Fatal(err)
	}
	if later := (*durable.RetryLater)(nil); !errors.As(during, &later) {
		t.Errorf("the second got %v, want a pause", during)
	}
	if err := remove("second"); err != nil {
		t.Fatal(err)
	}
	if left, _ := zone.TXT(name); !slices.Equal(left, []string{"theirs"}) {
		t.Errorf("left are %q", left)
	}
}

package dnstest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
)

// Values as dns-01 has them: base64url of a SHA-256.
const (
	first  = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
	second = "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
	theirs = "site-verification=somebody-else"
)

func (s Stand) zone(t *testing.T) dnsproviders.Zone {
	t.Helper()
	zones, err := s.Open().Zones(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(zones, func(z dnsproviders.Zone) bool { return z.Name == s.Zone })
	if i < 0 {
		t.Fatalf("%s is not among the zones %v", s.Zone, zones)
	}
	return zones[i]
}

func (s Stand) change(values ...string) dnsproviders.Change {
	name := s.Name
	if name == "" {
		name = "_acme-challenge.shop." + s.Zone
	}
	return dnsproviders.Change{Name: name, Values: values, TTL: time.Minute}
}

func (s Stand) ensure(t *testing.T, z dnsproviders.Zone, c dnsproviders.Change) dnsproviders.Receipt {
	t.Helper()
	receipt, err := s.Open().Ensure(t.Context(), z, c)
	if err != nil {
		t.Fatalf("ensure %v: %v", c.Values, err)
	}
	return receipt
}

func (s Stand) remove(t *testing.T, z dnsproviders.Zone, c dnsproviders.Change, r dnsproviders.Receipt) {
	t.Helper()
	if err := s.Open().Remove(t.Context(), z, c, r); err != nil {
		t.Fatalf("remove %v: %v", c.Values, err)
	}
}

func (s Stand) want(t *testing.T, name string, values ...string) {
	t.Helper()
	got := slices.Sorted(slices.Values(s.Values(name)))
	if want := slices.Sorted(slices.Values(values)); !slices.Equal(got, want) {
		t.Fatalf("at %s the provider has %q, want %q", name, got, want)
	}
}

func zoneIsListed(t *testing.T, s Stand) {
	z := s.zone(t)
	for _, host := range z.NameServers {
		if host != dnsproviders.Plain(host) {
			t.Errorf("name server %q is not written plainly", host)
		}
	}
}

func twoValuesStand(t *testing.T, s Stand) {
	z, c := s.zone(t), s.change(first, second)
	receipt := s.ensure(t, z, c)
	s.want(t, c.Name, first, second)
	s.remove(t, z, s.change(first), receipt)
	s.want(t, c.Name, second)
	s.ensure(t, z, s.change(first))
	s.want(t, c.Name, first, second)
}

func foreignValueStays(t *testing.T, s Stand) {
	z, c := s.zone(t), s.change(first)
	s.Put(c.Name, theirs)
	receipt := s.ensure(t, z, c)
	s.want(t, c.Name, first, theirs)
	s.remove(t, z, c, receipt)
	s.want(t, c.Name, theirs)
}

func ensureTwice(t *testing.T, s Stand) {
	z, c := s.zone(t), s.change(first, second)
	s.ensure(t, z, c)
	s.ensure(t, z, c)
	s.want(t, c.Name, first, second)
}

func removeTwice(t *testing.T, s Stand) {
	z, c := s.zone(t), s.change(first)
	s.remove(t, z, c, "") // nothing was ever there
	receipt := s.ensure(t, z, c)
	s.remove(t, z, c, receipt)
	s.remove(t, z, c, receipt)
	s.want(t, c.Name)
}

// removeElsewhere is the crash between the change and the storing of its receipt.
func removeElsewhere(t *testing.T, s Stand) {
	z, c := s.zone(t), s.change(first, second)
	s.Put(c.Name, theirs)
	s.ensure(t, z, c)
	s.remove(t, z, c, "")
	s.want(t, c.Name, theirs)
}

func apex(t *testing.T, s Stand) {
	z, c := s.zone(t), s.change(first)
	c.Name = s.Zone
	s.Put(c.Name, theirs)
	s.ensure(t, z, c)
	s.want(t, c.Name, first, theirs)
	s.remove(t, z, c, "")
	s.want(t, c.Name, theirs)
}

// conflict lets others write between the look and the change. The call may mend
// it or ask for a pause; nothing may be lost.
func conflict(t *testing.T, s Stand) {
	if s.BeforeChange == nil {
		t.Skip("the provider adds and removes single values")
	}
	z, c := s.zone(t), s.change(first)
	again := func(call func() error) {
		t.Helper()
		const tries = 3
		for range tries {
			err := call()
			if err == nil {
				return
			}
			if later := (*durable.RetryLater)(nil); !errors.As(err, &later) || later.After <= 0 {
				t.Fatalf("got %v, want a pause", err)
			}
		}
		t.Fatal("does not end")
	}
	s.BeforeChange(func() { s.Put(c.Name, theirs) })
	again(func() error { _, err := s.Open().Ensure(t.Context(), z, c); return err })
	s.want(t, c.Name, first, theirs)
	s.BeforeChange(func() { s.Put(c.Name, theirs+"-too") })
	again(func() error { return s.Open().Remove(t.Context(), z, c, "") })
	s.want(t, c.Name, theirs, theirs+"-too")
}

func settles(t *testing.T, s Stand) {
	z := s.zone(t)
	receipt := s.ensure(t, z, s.change(first))
	const looks = 5
	for look := range looks {
		done, err := s.Open().Settled(t.Context(), z, receipt)
		if err != nil {
			t.Fatal(err)
		}
		if done && (look > 0) != s.Settles {
			t.Errorf("settled at look %d", look+1)
		}
		if done {
			return
		}
	}
	t.Error("never settles")
}

package issuance_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
)

// A certificate that covers the hostname is not therefore an older one of it: a gateway
// that does not know a name shows another listener's, which may be a wildcard.
func TestWhatAnotherListenerServesIsNotThePreviousCertificate(t *testing.T) {
	t.Parallel()
	const host = "shop.example.com"
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		hostname string        // of the leaf that is served
		age      time.Duration // it was issued so long before
		status   durable.RuntimeStatus
		served   managed.Served // in the record, if it has one
		within   time.Duration
	}{
		"a wildcard":                  {"*.example.com", time.Hour, durable.Failed, "", 30 * time.Minute},
		"of just its name, and older": {host, time.Hour, durable.Completed, managed.ServedPrevious, 10 * time.Hour},
		"of just its name, and newer": {host, -time.Hour, durable.Failed, "", 30 * time.Minute},
		"of another name":             {"www.example.net", time.Hour, durable.Failed, "", 30 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			w.Runner.Add(issuance.AddCertificate(w.Ports()))
			began := w.Clock.Now()
			w.Clock.Advance(-c.age)
			leaf := w.CA.Sign(c.hostname, key.Public()).Raw
			w.Clock.Advance(c.age)
			w.Gateway.Instead = func(string) []byte { return leaf }
			id := w.Add(host)
			w.Drain()
			inst := w.Instance(id)
			if inst.Status != c.status || c.status == durable.Failed && inst.Custom.Error != issuance.CodeNotServed {
				t.Errorf("%s %+v", inst.Status, inst.Custom)
			}
			if took := inst.UpdatedAt.Sub(began); took > c.within {
				t.Errorf("it took %s", took)
			}
			if c.status != durable.Completed {
				return
			}
			if r := w.Record("shop-example-com"); r.Served != c.served {
				t.Errorf("the record says %q, want %q", r.Served, c.served)
			}
		})
	}
}

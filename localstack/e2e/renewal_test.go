package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
	"certgate/localstack/waittest"
)

// fire runs a timer function now.
func fire(t *testing.T, w *localstacktest.World, function string) {
	t.Helper()
	if code, raw := w.Call(http.MethodPost, "/admin/functions/"+function, "{}"); code != http.StatusAccepted {
		t.Fatalf("run %s: %d %s", function, code, raw)
	}
}

// newest waits for an instance of the flow and returns its id.
func newest(t *testing.T, w *localstacktest.World, flow string) string {
	t.Helper()
	id := ""
	waittest.Until(t, patience, "there is an instance of "+flow, func() bool {
		var all []struct{ Name, InstanceID string }
		code, raw := w.Call(http.MethodGet, "/api/instances", "")
		if err := json.Unmarshal(raw, &all); err != nil || code != http.StatusOK {
			t.Fatalf("instances: %d %s", code, raw)
		}
		for _, inst := range all {
			if inst.Name == flow {
				id = inst.InstanceID
			}
		}
		return id != ""
	})
	return id
}

// servedLeaf is the certificate that the gateway shows, as DER.
func servedLeaf(t *testing.T, w *localstacktest.World, hostname string) []byte {
	t.Helper()
	conn, err := tls.Dial("tcp", "127.0.0.1:"+strconv.Itoa(w.Ports.GatewayHTTPS), &tls.Config{ServerName: hostname, InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Raw
}

// knownByItsNumber: Pebble does not find the predecessor of an order by a serial
// number that starts with a zero byte.
func knownByItsNumber(t *testing.T, leaf []byte) bool {
	t.Helper()
	c, err := x509.ParseCertificate(leaf)
	if err != nil {
		t.Fatal(err)
	}
	return c.SerialNumber.BitLen()%8 != 0
}

func TestACertificateIsRenewedWhenTheAuthoritySaysSo(t *testing.T) {
	t.Parallel()
	const host, name = "shop.example.test", "shop-example-test"
	w := localstacktest.Start(t, localstack.Options{ByHand: []string{"RenewDue", "RenewCertificates"}})
	completes(t, w, w.Request(host))
	before, err := w.Served(host)
	if err != nil {
		t.Fatal(err)
	}
	leaf := servedLeaf(t, w, host)
	now := time.Now()
	// A window in the past means now.
	if err := w.Pebble.SuggestRenewal(t.Context(), leaf, now.Add(-2*time.Hour), now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	fire(t, w, "RenewDue")
	id := newest(t, w, "RenewCertificateFunctions")
	completes(t, w, id)
	after, err := w.Served(host)
	if err != nil || after == before {
		t.Errorf("the gateway serves %s (%v), before it was %s", after, err, before)
	}
	if w.Versions(name) != 2 || w.Pending(name) || w.Orders() != 2 || len(w.ValidationFiles()) != 0 {
		t.Errorf("%d versions, pending %v, %d orders, %d files left", w.Versions(name), w.Pending(name), w.Orders(), len(w.ValidationFiles()))
	}
	s, _ := w.Status(id)
	for _, e := range s.HistoryEvents {
		if strings.Contains(e.Message, "Ordered without naming") && knownByItsNumber(t, leaf) {
			t.Errorf("the order does not replace: %s", e.Message)
		}
	}

	// The run over everything finds nothing to do, and says so.
	fire(t, w, "RenewCertificates")
	run := completes(t, w, newest(t, w, "RenewCertificatesFunctions"))
	var output struct {
		Due   struct{ Started, Problems int }
		Vault struct{ Managed, Adopted, Corrected, Forgotten, Problems int }
	}
	if err := json.Unmarshal(run.Output, &output); err != nil {
		t.Fatalf("output %s: %v", run.Output, err)
	}
	if output.Due.Started != 0 || output.Due.Problems != 0 || output.Vault.Managed != 1 || output.Vault.Adopted+output.Vault.Corrected+output.Vault.Forgotten+output.Vault.Problems != 0 {
		t.Errorf("the run came to %s", run.Output)
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/localstacktest"
)

// zoned are zones at Azure DNS whose names lead to the gateway.
var zoned = map[string]string{"zoned.test": "@ A 127.0.0.1\n* A 127.0.0.1\nwww A 127.0.0.1"}

// requestSan asks for one certificate and returns the instance id.
func requestSan(t *testing.T, w *localstacktest.World, hostnames ...string) string {
	t.Helper()
	id, _, err := w.Client("test", "admin").Start(t.Context(), apiclient.AskingForOne(hostnames...))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A wildcard and its base name have two values at one name, which Azure DNS takes and the
// authority reads; a third hostname is proved by its file. One certificate serves them
// all. It is edited: its next version, with an EC key, has a new hostname in place of the
// third, whose listener goes. It leaves nothing in DNS.
func TestOneCertificateOfAWildcardItsBaseNameAndAnotherHostname(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{Zones: zoned})
	names := []string{"zoned.test", "*.zoned.test", "shop.example.test"}
	id := requestSan(t, w, names...)
	served := func(third string) string {
		t.Helper()
		var serials []string
		for _, name := range []string{"zoned.test", "any.zoned.test", third} {
			serial, err := w.Served(name)
			if err != nil {
				t.Fatalf("%s is not served: %v", name, err)
			}
			serials = append(serials, serial)
		}
		if len(slices.Compact(serials)) != 1 {
			t.Errorf("serials are %v, want one", serials)
		}
		return serials[0]
	}
	var steps []string
	for _, event := range completes(t, w, id).HistoryEvents {
		steps = append(steps, event.Name)
	}
	if !slices.Contains(steps, "CreateDnsRecordsStep") || !slices.Contains(steps, "UploadValidationFileToBlobStorageStep") {
		t.Errorf("steps were %v", steps)
	}
	first := served("shop.example.test")
	if hosts := w.Listeners(); !slices.Equal(hosts, names) {
		t.Errorf("listeners %q, want %q", hosts, names)
	}
	const wanted = `{"hostnames":[{"hostname":"zoned.test"},{"hostname":"*.zoned.test"},{"hostname":"new.example.test"}],"removeHostnames":true,"options":{"keyType":"EC-P384"}}`
	code, raw := w.Call(http.MethodPut, "/api/certificates/zoned-test", wanted)
	var edit struct{ ID string }
	if err := json.Unmarshal(raw, &edit); err != nil || code != http.StatusAccepted {
		t.Fatalf("edit: %d %s", code, raw)
	}
	completes(t, w, edit.ID)
	if served("new.example.test") == first {
		t.Error("the edit changed nothing")
	}
	if hosts := w.Listeners(); !slices.Equal(hosts, []string{"zoned.test", "*.zoned.test", "new.example.test"}) {
		t.Errorf("listeners %q are there after the edit", hosts)
	}
	if code, raw = w.Call(http.MethodPut, "/api/certificates/zoned-test", wanted); code != http.StatusOK || !strings.Contains(string(raw), `"keyType":"EC-P384"`) {
		t.Errorf("the same once more: %d %s", code, raw)
	}
	code, raw = w.Call(http.MethodDelete, "/api/certificates/zoned-test", "")
	var retirement struct{ ID string }
	if err := json.Unmarshal(raw, &retirement); err != nil || code != http.StatusAccepted {
		t.Fatalf("retirement: %d %s", code, raw)
	}
	if s := w.Finish(retirement.ID, patience); s.RuntimeStatus != "Completed" {
		t.Errorf("the retirement ended %s %+v", s.RuntimeStatus, s.CustomStatus)
	}
	if hosts := w.Listeners(); len(hosts) > 0 {
		t.Errorf("listeners %q are left", hosts)
	}
	nothingLeft(t, w, "zoned-test")
	if left := w.TXTNames(); len(left) > 0 {
		t.Errorf("TXT records are left: %s", strings.Join(left, ", "))
	}
}

// The hostnames of one certificate may be proved in many ways: by files, at Azure DNS and
// at two other providers, and where strangers' zones lead to one of ours by CNAME records.
func TestOneCertificateOfTwentyFiveHostnamesIsProvedInManyWays(t *testing.T) {
	t.Parallel()
	const toUs = "delegated.zoned.test"
	anywhere := "* A 127.0.0.1\n"
	var names []string
	for _, zone := range []string{"zoned.test", "flare.test", "hetz.test"} {
		for i := range 3 {
			name := fmt.Sprintf("h%d", i)
			names, anywhere = append(names, name+"."+zone), anywhere+name+" A 127.0.0.1\n"
		}
		names = append(names, "*."+zone)
	}
	names = append(names, "customer.test")
	for i := range 25 - len(names) {
		names = append(names, fmt.Sprintf("h%d.example.test", i))
	}
	w := localstacktest.Start(t, localstack.Options{
		Zones: map[string]string{"zoned.test": anywhere},
		ZonesElsewhere: map[string]map[string]string{
			"cloudflare": {"flare.test": anywhere},
			"hetzner":    {"hetz.test": anywhere},
			"stranger":   {"customer.test": "@ A 127.0.0.1\n_acme-challenge CNAME hop.agency.test.", "agency.test": "hop CNAME " + toUs + "."},
		},
	})
	wantReady(t, w, names, map[string]int{"dns-01": 13, "http-01": 12})
	id := requestSan(t, w, names...)
	var notes []string
	for _, event := range completes(t, w, id).HistoryEvents {
		notes = append(notes, event.Message)
	}
	if !slices.Contains(notes, "By dns-01: 13 hostnames, by http-01: 12.") {
		t.Errorf("history says %q", notes)
	}
	var serials []string
	for _, name := range names {
		serial, err := w.Served(strings.Replace(name, "*", "any", 1))
		if err != nil {
			t.Fatalf("%s is not served: %v", name, err)
		}
		serials = append(serials, serial)
	}
	if len(slices.Compact(serials)) != 1 {
		t.Errorf("serials are %v, want one", serials)
	}
	nothingLeft(t, w, "h0-zoned-test")
	if left := w.TXTNames(); len(left) > 0 {
		t.Errorf("TXT records are left: %s", strings.Join(left, ", "))
	}
}

// wantReady checks that a look finds nothing in the way of the hostnames, and how many are
// proved by which method.
func wantReady(t *testing.T, w *localstacktest.World, names []string, methods map[string]int) {
	t.Helper()
	var wanted []string
	for _, name := range names {
		wanted = append(wanted, fmt.Sprintf(`{"hostname":%q}`, name))
	}
	var report struct {
		Hostnames []struct {
			Hostname string
			Ready    bool
			Checks   []struct{ Check, State, Finding string }
			Proof    struct{ Method, Zone string }
		}
	}
	code, raw := w.Call(http.MethodPost, "/api/preflight", `{"hostnames":[`+strings.Join(wanted, ",")+`]}`)
	if err := json.Unmarshal(raw, &report); err != nil || code != http.StatusOK {
		t.Fatalf("preflight: %d %s", code, raw)
	}
	found := map[string]int{}
	for _, h := range report.Hostnames {
		found[h.Proof.Method]++
		if !h.Ready || (h.Proof.Method == "dns-01") != (h.Proof.Zone != "") {
			t.Errorf("%s is not ready: %+v", h.Hostname, h)
		}
	}
	if !maps.Equal(found, methods) {
		t.Errorf("methods are %v, want %v", found, methods)
	}
}

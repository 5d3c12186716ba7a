package gatewaydoc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

var settings = gatewaydoc.Settings{BackendPool: "web", HTTPSettings: "https"}

func listener(name, host string) issuance.Listener {
	return issuance.Listener{Name: name, Hostname: host, SecretID: "https://v.vault.azure.net/secrets/" + name}
}

func listenersFor(n int) []issuance.Listener {
	var out []issuance.Listener
	for i := range n {
		out = append(out, listener(fmt.Sprintf("h%03d-example-edu", i), fmt.Sprintf("h%03d.example.edu", i)))
	}
	return out
}

// apply is Apply where every want is met.
func apply(t testing.TB, doc []byte, s gatewaydoc.Settings, wants ...issuance.Listener) ([]byte, bool) {
	t.Helper()
	edited, changed, refused, err := applyAll(doc, wants, s)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	for name, why := range refused {
		t.Fatalf("apply refused %s: %v", name, why)
	}
	return edited, changed
}

// wantFailure checks the published code of a refusal and that its text names things.
func wantFailure(t testing.TB, err error, code string, mentions ...string) {
	t.Helper()
	var failure *durable.Failure
	if !errors.As(err, &failure) || failure.Code != code {
		t.Fatalf("got %v, want a failure with code %s", err, code)
	}
	for _, m := range mentions {
		if !strings.Contains(failure.Message, m) {
			t.Errorf("message %q does not name %q", failure.Message, m)
		}
	}
}

func TestEveryMemberThatIsNotOursKeepsItsBytes(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gatewaydoc.Settings{BackendPool: firstPool(t, doc), HTTPSettings: firstSettings(t, doc)}
			now := doc
			for _, l := range listenersFor(6) {
				now, _ = apply(t, now, s, l)
				compare(t, doc, now)
			}
			for _, l := range listenersFor(6) {
				var err error
				if now, _, _, err = removeAll(now, l.Name); err != nil {
					t.Fatal(err)
				}
				compare(t, doc, now)
			}
			if !bytes.Equal(doc, now) {
				t.Error("adding and removing everything does not give the document back")
			}
		})
	}
}

func TestApplyingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	wants := append(listenersFor(5), listener("wildcard-example-edu", "*.example.edu"), listener("shop-example-net", "shop.example.net"))
	wants[2].Refresh = "version-2"
	once, changed := apply(t, appgatewaytest.Gateway(), settings, wants...)
	if !changed {
		t.Fatal("the first time changed nothing")
	}
	again, changed := apply(t, once, settings, wants...)
	if changed || !bytes.Equal(once, again) {
		t.Error("the second time changed the document")
	}
	for _, l := range wants {
		if !parse(t, once).Has(l, settings) {
			t.Errorf("%s does not stand", l.Hostname)
		}
	}
}

func TestADocumentThatIsNoGatewayIsAnError(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{``, `[]`, `{`, `{"id":"/x"}`, `{"id":"/x","properties":[]}`, `{"id":"/x","properties":{"httpListeners":{"a":1}}}`} {
		if _, _, _, err := applyAll([]byte(doc), listenersFor(1), settings); err == nil {
			t.Errorf("document %q was taken", doc)
		}
	}
}

func TestMissingAndEmptyCollectionsAreFilled(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		`{"id":"/g","properties":{"frontendIPConfigurations":[{"name":"f","properties":{"publicIPAddress":{"id":"/p"}}}],"backendAddressPools":[{"name":"web"}],"backendHttpSettingsCollection":[{"name":"https"}]}}`,
		`{"id":"/g","properties":{"sslCertificates":null,"frontendPorts":[ ],"httpListeners" : [] ,"requestRoutingRules":[],"frontendIPConfigurations":[{"name":"f","properties":{"publicIPAddress":{"id":"/p"}}}],"backendAddressPools":[{"name":"web"}],"backendHttpSettingsCollection":[{"name":"https"}]}}`,
	} {
		edited, _ := apply(t, []byte(doc), settings, listenersFor(2)...)
		compare(t, []byte(doc), edited)
		if !parse(t, edited).Has(listenersFor(2)[1], settings) {
			t.Errorf("the listener does not stand in %s", edited)
		}
	}
}

// documents are the gateways to edit: ours, and the published example if it is at hand.
func documents(t *testing.T) map[string][]byte {
	docs := map[string][]byte{"made by hand": appgatewaytest.Gateway()}
	dir := os.Getenv("CERTGATE_FIXTURES")
	if dir == "" {
		t.Log("CERTGATE_FIXTURES is not set: without the published examples")
		return docs
	}
	for _, name := range []string{"ApplicationGatewayCreate.json", "ApplicationGatewayGet.json"} {
		raw, err := os.ReadFile(filepath.Join(dir, "azure-rest-api-specs", "network", name))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Responses map[string]struct{ Body json.RawMessage }
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		// The examples show a v1 gateway; certgate takes only v2.
		docs[name] = []byte(strings.ReplaceAll(string(file.Responses["200"].Body), `"tier": "Standard"`, `"tier": "Standard_v2"`))
	}
	return docs
}

func firstPool(t *testing.T, doc []byte) string { return firstOf(t, doc, "backendAddressPools") }

func firstSettings(t *testing.T, doc []byte) string {
	return firstOf(t, doc, "backendHttpSettingsCollection")
}

func firstOf(t *testing.T, doc []byte, key string) string {
	var entries []struct{ Name string }
	if err := json.Unmarshal(members(t, member(t, doc, "properties"))[key], &entries); err != nil || len(entries) == 0 {
		t.Fatalf("the document has no %s (%v)", key, err)
	}
	return entries[0].Name
}

// compare checks, with another JSON reader than the code, that after differs
// from before only by entries that were added to the four collections, and to
// the further ones.
func compare(t testing.TB, before, after []byte, further ...string) {
	t.Helper()
	a, b := members(t, before), members(t, after)
	wantSameMembers(t, "the document", a, b, "properties")
	ap, bp := members(t, a["properties"]), members(t, b["properties"])
	grows := append([]string{"sslCertificates", "frontendPorts", "httpListeners", "requestRoutingRules"}, further...)
	wantSameMembers(t, "properties", ap, bp, grows...)
	for _, key := range grows {
		old, now := elements(t, ap[key]), elements(t, bp[key])
		if len(now) < len(old) {
			t.Fatalf("%s lost entries", key)
		}
		for i := range old {
			if !bytes.Equal(old[i], now[i]) {
				t.Errorf("%s[%d] changed from %s to %s", key, i, old[i], now[i])
			}
		}
	}
}

func wantSameMembers(t testing.TB, where string, a, b map[string]json.RawMessage, except ...string) {
	t.Helper()
	for key := range a {
		if _, ok := b[key]; !ok {
			t.Errorf("%s lost %q", where, key)
		}
	}
	for key := range b {
		if slices.Contains(except, key) {
			continue
		}
		if _, ok := a[key]; !ok {
			t.Errorf("%s got a new member %q", where, key)
		} else if !bytes.Equal(a[key], b[key]) {
			t.Errorf("%s: %q changed from %s to %s", where, key, a[key], b[key])
		}
	}
}

func member(t testing.TB, doc []byte, key string) json.RawMessage { return members(t, doc)[key] }

func members(t testing.TB, doc []byte) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(doc, &m); err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return m
}

func elements(t testing.TB, array []byte) []json.RawMessage {
	t.Helper()
	if len(array) == 0 {
		return nil
	}
	var e []json.RawMessage
	if err := json.Unmarshal(array, &e); err != nil {
		t.Fatalf("%v in %s", err, array)
	}
	return e
}

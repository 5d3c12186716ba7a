package gatewaydoc_test

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// vaultName is what Key Vault lets a certificate be called.
var vaultName = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)

// hasDuplicates reports whether some object of a document has a member twice.
// Readers differ in which of the two they take, so for the comparison with
// another reader such a document has no meaning; ARM does not send one.
func hasDuplicates(t *testing.T, doc []byte) bool {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	type object struct {
		keys  map[string]bool // nil for an array
		value bool            // the next text is a value
	}
	var open []*object
	for {
		token, err := d.Token()
		if err == io.EOF {
			return false
		}
		if err != nil {
			t.Fatalf("%v in %s", err, doc)
		}
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 && open[len(open)-1].keys != nil {
			in := open[len(open)-1]
			if key, ok := token.(string); ok && !in.value {
				if in.keys[key] {
					return true
				}
				in.keys[key], in.value = true, true
				continue
			}
			in.value = false
		}
		switch token {
		case json.Delim('{'):
			open = append(open, &object{keys: map[string]bool{}})
		case json.Delim('['):
			open = append(open, &object{})
		}
	}
}

// ours are the members that certgate may change in an entry that is there
// already, because it is its own or serves the hostname.
var ours = map[string][]string{
	"sslCertificates":     {"keyVaultSecretId"},
	"httpListeners":       {"frontendIPConfiguration", "frontendPort", "protocol", "sslCertificate"},
	"frontendPorts":       nil,
	"requestRoutingRules": nil,
}

// wantTheirsKept checks with another JSON reader that all but ours came through
// to the byte: members, unknown ones included, and their order in arrays.
func wantTheirsKept(t *testing.T, before, after []byte) {
	t.Helper()
	a, b := members(t, before), members(t, after)
	wantSameMembers(t, "the document", a, b, "properties")
	ap, bp := members(t, a["properties"]), members(t, b["properties"])
	wantSameMembers(t, "properties", ap, bp, "sslCertificates", "httpListeners", "frontendPorts", "requestRoutingRules")
	for key, changes := range ours {
		old, now := elements(t, ap[key]), elements(t, bp[key])
		if len(now) < len(old) {
			t.Fatalf("%s lost entries", key)
		}
		for i := range old {
			if bytes.Equal(old[i], now[i]) {
				continue
			}
			oldEntry, newEntry := members(t, old[i]), members(t, now[i])
			wantSameMembers(t, key, oldEntry, newEntry, "properties")
			oldInner := map[string]json.RawMessage{}
			if p := oldEntry["properties"]; p != nil && string(p) != "null" {
				oldInner = members(t, p)
			}
			wantSameMembers(t, key, oldInner, members(t, newEntry["properties"]), changes...)
		}
	}
}

// FuzzApply edits documents of any shape: the result is JSON, what is not ours
// keeps its bytes, and a second time changes nothing.
func FuzzApply(f *testing.F) {
	f.Add(appgatewaytest.Gateway(), "shop-example-net", "shop.example.net")
	f.Add(appgatewaytest.Gateway(), "a-example-edu", "a.example.edu")
	f.Add(appgatewaytest.Gateway(), "wildcard-example-net", "*.example.net")
	f.Add([]byte(`{"id":"/g","properties":{"httpListeners":[null,1,"x",{"name":"a-listener"}],"frontendIPConfigurations":[{"name":"f","properties":{"publicIPAddress":{"id":"p"}}}],"backendAddressPools":[{"name":"web"}],"backendHttpSettingsCollection":[{"name":"https"}]}}`), "a", "*.b.example")
	// Someone else's listener for the hostname, by another certificate, with members that nobody knows.
	f.Add([]byte(`{"id":"/g","etag":"W/\"1\"","zones":["1"],"properties":{"new":{"a":[1.0,1e3]},"sslCertificates":[{"name":"a","x":1,"properties":{"keyVaultSecretId":"https://v.vault.azure.net/secrets/a/1","y":2}}],"frontendPorts":[{"name":"p","properties":{"port":443}}],"httpListeners":[ {"name":"theirs","etag":"e","properties":{"hostName":"a.example","frontendPort":{"id":"/g/frontendPorts/p"},"frontendIPConfiguration":{"id":"/g/frontendIPConfigurations/f"},"protocol":"Https","sslCertificate":{"id":"/g/sslCertificates/other"},"customErrorConfigurations":[]}} ],"frontendIPConfigurations":[{"name":"f","properties":{"publicIPAddress":{"id":"p"}}}],"backendAddressPools":[{"name":"web"}],"backendHttpSettingsCollection":[{"name":"https"}]}}`), "a", "a.example")
	f.Fuzz(func(t *testing.T, doc []byte, name, host string) {
		parsed, err := hostname.ParsePattern(host)
		if err != nil || !vaultName.MatchString(name) || !json.Valid(doc) {
			if _, _, _, err := applyAll(doc, nil, settings); err == nil && !json.Valid(doc) {
				t.Fatalf("a document that is not JSON was taken: %s", doc)
			}
			return
		}
		l := listener(name, parsed.String())
		edited, changed, refused, err := applyAll(doc, []issuance.Listener{l}, settings)
		if err != nil {
			return
		}
		if !json.Valid(edited) {
			t.Fatalf("the result is not JSON: %s", edited)
		}
		if len(refused) > 0 {
			if changed || !bytes.Equal(doc, edited) {
				t.Fatalf("a refused want changed the document: %s", edited)
			}
			return
		}
		if changed == bytes.Equal(doc, edited) {
			t.Fatalf("changed is %v\nbefore: %s\nafter:  %s", changed, doc, edited)
		}
		if hasDuplicates(t, doc) {
			return
		}
		wantTheirsKept(t, doc, edited)
		again, changed, _, err := applyAll(edited, []issuance.Listener{l}, settings)
		if err != nil || changed || !bytes.Equal(edited, again) {
			t.Fatalf("the second time gave changed=%v err=%v\nfirst:  %s\nsecond: %s", changed, err, edited, again)
		}
	})
}

// FuzzRemove takes a certificate out of documents of any shape: nothing goes but
// entries with its names, everything else keeps its bytes and its place.
func FuzzRemove(f *testing.F) {
	applied, _, _, err := applyAll(appgatewaytest.Gateway(), []issuance.Listener{listener("shop-example-net", "shop.example.net")}, settings)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(applied, "shop-example-net")
	f.Add(appgatewaytest.Gateway(), "shop-example-net")
	f.Add([]byte(`{"id":"/g","properties":{"x":[{"id":1}],"sslCertificates":[ {"name":"a"} , {"name":"b"}],"httpListeners":[{"name":"a-listener"}],"requestRoutingRules":[{"name":"a-rule","properties":{"httpListener":{"id":"/g/httpListeners/a-listener"}}},null]}}`), "a")
	f.Fuzz(func(t *testing.T, doc []byte, name string) {
		if !vaultName.MatchString(name) || !json.Valid(doc) {
			return
		}
		edited, changed, refused, err := removeAll(doc, name)
		if err != nil {
			return
		}
		if !json.Valid(edited) || changed == bytes.Equal(doc, edited) {
			t.Fatalf("changed is %v\nbefore: %s\nafter:  %s", changed, doc, edited)
		}
		if len(refused) > 0 {
			if changed {
				t.Fatalf("a refused removal changed the document: %s", edited)
			}
			return
		}
		if hasDuplicates(t, doc) {
			return
		}
		ours := []string{hostname.GatewayCertificateName(name), hostname.PathMapName(name), hostname.RedirectName(name)}
		for n := 1; n <= 4; n++ {
			ours = append(ours, hostname.NthListenerName(name, n), hostname.NthRuleName(name, n), hostname.NthHTTPListenerName(name, n), hostname.NthHTTPRuleName(name, n))
		}
		wantOnlyGone(t, doc, edited, ours...)
	})
}

// wantOnlyGone checks that after is before without entries of these names.
func wantOnlyGone(t *testing.T, before, after []byte, names ...string) {
	t.Helper()
	a, b := members(t, before), members(t, after)
	wantSameMembers(t, "the document", a, b, "properties")
	ap, bp := members(t, a["properties"]), members(t, b["properties"])
	shrink := []string{"sslCertificates", "httpListeners", "requestRoutingRules", "urlPathMaps", "redirectConfigurations"}
	wantSameMembers(t, "properties", ap, bp, shrink...)
	for _, key := range shrink {
		old, now := elements(t, ap[key]), elements(t, bp[key])
		for _, e := range old {
			if len(now) > 0 && bytes.Equal(e, now[0]) {
				now = now[1:]
				continue
			}
			var gone struct {
				Name string `json:"name"`
			}
			if err := json.Unmarshal(e, &gone); err != nil || !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, gone.Name) }) {
				t.Fatalf("%s lost %s", key, e)
			}
		}
		if len(now) > 0 {
			t.Fatalf("%s got %s", key, now)
		}
	}
}

package gatewaydoc_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// san is one certificate of several hostnames.
func san(name string, hosts ...string) issuance.Listener {
	l := listener(name, hosts[0])
	l.Hostnames = hosts
	return l
}

// hostsWith are the hostnames of the HTTPS listeners that have a certificate entry.
func hostsWith(doc []byte, entry string) (hosts []string) {
	for _, l := range gjson.GetBytes(doc, "properties.httpListeners").Array() {
		if strings.HasSuffix(l.Get("properties.sslCertificate.id").String(), "/"+entry) {
			hosts = append(hosts, l.Get("properties.hostName").String()+l.Get("properties.hostNames.0").String())
		}
	}
	return hosts
}

func TestOneCertificateServesAllItsHostnames(t *testing.T) {
	t.Parallel()
	l := san("example-edu", "example.edu", "*.example.edu", "www.example.edu")
	for _, s := range []gatewaydoc.Settings{settings, managed(8080)} {
		before := appgatewaytest.Gateway()
		doc, _ := apply(t, before, s, l)
		if got := strings.Join(hostsWith(doc, "example-edu"), " "); got != "example.edu *.example.edu www.example.edu" {
			t.Errorf("served are %s", got)
		}
		if n := len(gjson.GetBytes(doc, "properties.sslCertificates").Array()) - len(gjson.GetBytes(before, "properties.sslCertificates").Array()); n != 1 {
			t.Errorf("%d certificate entries were added, want 1", n)
		}
		d := parse(t, doc)
		if !d.Has(l, s) {
			t.Error("it does not stand")
		}
		more := san("example-edu", append(l.Hostnames, "mail.example.edu")...)
		if d.Has(more, s) {
			t.Error("it stands for a hostname that has no listener")
		}
		if again, changed := apply(t, doc, s, l); changed || !bytes.Equal(again, doc) {
			t.Error("twice is not once")
		}
		for _, h := range []string{"example-edu-listener", "wildcard-example-edu-listener", "www-example-edu-listener"} {
			if !gjson.GetBytes(doc, `properties.httpListeners.#(name=="`+h+`")`).Exists() {
				t.Errorf("there is no listener %s", h)
			}
		}
		after, _, refused, err := removeAll(doc, "example-edu")
		if err != nil || len(refused) > 0 {
			t.Fatal(refused, err)
		}
		for _, left := range []string{"example-edu", "example.edu"} {
			if strings.Contains(strings.ReplaceAll(string(after), "certgate-challenge", ""), left) {
				t.Errorf("%s is left: %s", left, after)
			}
		}
	}
}

// The rule of a wildcard comes after those of single hostnames, whatever the order in
// which they are asked for: the gateway takes the first rule that matches.
func TestAWildcardsRuleComesAfterThoseOfItsHostnames(t *testing.T) {
	t.Parallel()
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, san("wildcard-example-edu", "*.example.edu", "www.example.edu"))
	priority := func(rule string) int64 {
		return gjson.GetBytes(doc, `properties.requestRoutingRules.#(name=="`+rule+`").properties.priority`).Int()
	}
	if www, wild := priority("www-example-edu-rule"), priority("wildcard-example-edu-rule"); www == 0 || www >= wild {
		t.Errorf("priorities are %d and %d", www, wild)
	}
}

func TestAHostnamesListenerGoesOverToTheCertificateOfSeveral(t *testing.T) {
	t.Parallel()
	own, both := listener("www-example-edu", "www.example.edu"), san("example-edu", "example.edu", "www.example.edu")
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, own)
	doc, _ = apply(t, doc, settings, both)
	if got := strings.Join(hostsWith(doc, "example-edu"), " "); got != "www.example.edu example.edu" {
		t.Errorf("served are %s", got)
	}
	// The retirement of the one that nothing uses any more leaves the listener alone.
	after, _, refused, err := removeAll(doc, "www-example-edu")
	if err != nil || len(refused) > 0 || !parse(t, after).Has(both, settings) || parse(t, after).HasCertificate("www-example-edu") {
		t.Errorf("refused %v, %v", refused, err)
	}
}

// A listener made by hand keeps all of its hostnames: a certificate for all of them takes
// it over, one for some does not.
func TestAListenerOfSeveralHostnamesTakesACertificateForAllOfThem(t *testing.T) {
	t.Parallel()
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, listener("a-example-edu", "a.example.edu"))
	index := 0
	for i, l := range gjson.GetBytes(doc, "properties.httpListeners").Array() {
		if l.Get("name").String() == "a-example-edu-listener" {
			index = i
		}
	}
	path := "properties.httpListeners." + strconv.Itoa(index)
	doc = with(t, doc, path+".name", `"shops"`)
	doc = with(t, doc, path+".properties.hostNames", `["a.example.edu","b.example.edu"]`)
	doc = with(t, doc, path+".properties.hostName", `""`)
	doc = []byte(strings.ReplaceAll(string(doc), "/httpListeners/a-example-edu-listener", "/httpListeners/shops"))
	_, _, refused, err := applyAll(doc, []issuance.Listener{san("c-example-edu", "c.example.edu", "a.example.edu")}, settings)
	if err != nil {
		t.Fatal(err)
	}
	wantFailure(t, refused["c-example-edu"], issuance.CodeGatewayRefused, "shops", "b.example.edu")
	doc, _ = apply(t, doc, settings, san("b-example-edu", "b.example.edu", "a.example.edu"))
	if got := hostsWith(doc, "b-example-edu"); len(got) != 1 {
		t.Errorf("%d listeners have it, want the one that was there", len(got))
	}
}

func TestAHostnameThatIsTakenOutOfACertificateLeavesTheGateway(t *testing.T) {
	t.Parallel()
	for _, s := range []gatewaydoc.Settings{settings, managed(8080)} {
		doc, _ := apply(t, appgatewaytest.Gateway(), s, san("example-edu", "example.edu", "old.example.edu", "*.example.edu"))
		fewer := san("example-edu", "example.edu", "new.example.edu", "*.example.edu")
		if kept, _ := apply(t, doc, s, fewer); !strings.Contains(strings.Join(hostsWith(kept, "example-edu"), " "), "old.example.edu") {
			t.Error("a hostname went that nobody had asked to take out")
		}
		fewer.Exact = true
		if parse(t, doc).Has(fewer, s) {
			t.Error("it stands though a hostname has to go")
		}
		after, _ := apply(t, doc, s, fewer)
		if got := strings.Join(hostsWith(after, "example-edu"), " "); got != "example.edu *.example.edu new.example.edu" {
			t.Errorf("served are %s", got)
		}
		if strings.Contains(string(after), "old-example-edu") || !parse(t, after).Has(fewer, s) {
			t.Errorf("something is left: %s", after)
		}
		if again, changed := apply(t, after, s, fewer); changed || !bytes.Equal(again, after) {
			t.Error("twice is not once")
		}
	}
}

func TestAHostnameOfSomebodysListenerIsNotTakenOutOfItsCertificate(t *testing.T) {
	t.Parallel()
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, san("example-edu", "example.edu", "old.example.edu"))
	doc = bytes.ReplaceAll(doc, []byte("old-example-edu-listener"), []byte("by-hand"))
	fewer := san("example-edu", "example.edu")
	fewer.Exact = true
	d := parse(t, doc)
	if _, err := d.Want(fewer, settings); err == nil || !strings.Contains(err.Error(), "by-hand serves old.example.edu") {
		t.Errorf("%v", err)
	}
}

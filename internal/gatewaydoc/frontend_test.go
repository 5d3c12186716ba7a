package gatewaydoc_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// dualStack is a gateway with a public IPv4 and a public IPv6 address, and a private one.
func dualStack(t *testing.T) []byte {
	t.Helper()
	return with(t, gatewayWithoutListeners(), "properties.frontendIPConfigurations", `[{"name":"v4","properties":{"publicIPAddress":{"id":"/p4"}}},
		{"name":"inside","properties":{"privateIPAddress":"10.0.0.4"}},{"name":"v6","properties":{"publicIPAddress":{"id":"/p6"}}}]`)
}

// places are "frontend:port" of each listener for a hostname; "" is every hostname.
func places(t *testing.T, doc []byte, host string) string {
	t.Helper()
	var found []string
	for _, raw := range elements(t, member(t, member(t, doc, "properties"), "httpListeners")) {
		name := strings.Trim(string(member(t, raw, "name")), `"`)
		if entry(doc, "httpListeners", name, "properties.hostName") != host {
			continue
		}
		last := func(path string) string {
			id := entry(doc, "httpListeners", name, path)
			return id[strings.LastIndexByte(id, '/')+1:]
		}
		found = append(found, fmt.Sprintf("%s@%s:%s", name, last("properties.frontendIPConfiguration.id"), last("properties.frontendPort.id")))
	}
	return strings.Join(found, " ")
}

func TestEachPublicAddressGetsItsListener(t *testing.T) {
	t.Parallel()
	l := listener("a-example-edu", "a.example.edu")
	doc, _ := apply(t, dualStack(t), settings, l)
	if got, want := places(t, doc, l.Hostname), "a-example-edu-listener@v4:port_443 a-example-edu-listener-2@v6:port_443"; got != want {
		t.Errorf("listeners are %s, want %s", got, want)
	}
	if !parse(t, doc).Has(l, settings) {
		t.Error("it does not stand")
	}
	if again, changed := apply(t, doc, settings, l); changed || !bytes.Equal(again, doc) {
		t.Error("the second time changed the document")
	}
	// A gateway from before its IPv6 address, or one where somebody took a listener off.
	half := parse(t, doc)
	for _, room := range half.Limits() {
		if want := map[string]int{"certificates": 1, "listeners": 2, "active listeners": 2, "rules": 2}[room.Kind]; room.Used != want {
			t.Errorf("%d %s, want %d", room.Used, room.Kind, want)
		}
	}
	single := with(t, doc, "properties.httpListeners", fmt.Sprintf("[%s]", elements(t, member(t, member(t, doc, "properties"), "httpListeners"))[0]))
	single = with(t, single, "properties.requestRoutingRules", fmt.Sprintf("[%s]", elements(t, member(t, member(t, doc, "properties"), "requestRoutingRules"))[0]))
	if parse(t, single).Has(l, settings) {
		t.Error("it stands without a listener on the IPv6 address")
	}
	if whole, _ := apply(t, single, settings, l); !parse(t, whole).Has(l, settings) {
		t.Error("the missing listener was not added")
	}
	gone, _, refused, err := removeAll(doc, l.Name)
	if err != nil || len(refused) > 0 || strings.Contains(string(gone), "a-example-edu") {
		t.Errorf("retiring leaves something: %v %v", err, refused)
	}
}

func TestAListenerOfSomebodyElseOnOneAddressIsCompletedOnTheOther(t *testing.T) {
	t.Parallel()
	doc := with(t, dualStack(t), "properties.frontendPorts", `[{"name":"tls","properties":{"port":443}}]`)
	doc = with(t, doc, "properties.httpListeners", `[{"name":"byhand","properties":{"protocol":"Https","hostName":"a.example.edu","frontendIPConfiguration":{"id":"/g/frontendIPConfigurations/v6"},"frontendPort":{"id":"/g/frontendPorts/tls"}}}]`)
	edited, _ := apply(t, doc, settings, listener("a-example-edu", "a.example.edu"))
	if got, want := places(t, edited, "a.example.edu"), "byhand@v6:tls a-example-edu-listener@v4:tls"; got != want {
		t.Errorf("listeners are %s, want %s", got, want)
	}
	if !parse(t, edited).Has(listener("a-example-edu", "a.example.edu"), settings) {
		t.Error("it does not stand")
	}
}

func TestPort80IsManagedOnEachPublicAddress(t *testing.T) {
	t.Parallel()
	s := managed(80)
	l := listener("a-example-edu", "a.example.edu")
	doc, _ := leadFiles(t, dualStack(t), s)
	doc, _ = apply(t, doc, s, l)
	if got, want := places(t, doc, ""), "certgate-http-listener@v4:port_80 certgate-http-listener-2@v6:port_80"; got != want {
		t.Errorf("listeners for all are %s, want %s", got, want)
	}
	if got := places(t, doc, l.Hostname); !strings.Contains(got, "a-example-edu-http-listener@v4:port_80") || !strings.Contains(got, "a-example-edu-http-listener-2@v6:port_80") {
		t.Errorf("listeners are %s", got)
	}
	if !parse(t, doc).HasChallengePath(s) {
		t.Error("the way does not stand")
	}
	if _, changed := apply(t, doc, s, l); changed {
		t.Error("the second time changed the document")
	}
	gone, _, refused, err := removeAll(doc, l.Name, gatewaydoc.ChallengePath)
	if err != nil || len(refused) > 0 || strings.Contains(string(gone), "-http-") {
		t.Errorf("retiring leaves something: %v %v", err, refused)
	}
}

// A person made port 80 for IPv4 and forgot IPv6.
func TestTheSurveyNamesTheAddressWithoutAWay(t *testing.T) {
	t.Parallel()
	doc := parse(t, field(t, "05-"))
	if way := doc.Survey(fieldSettings, "", 80).Files; way.Listener != "http" || way.Led {
		t.Errorf("the way is %+v", way)
	}
	changed, err := doc.Want(listener("new-example-com", "new.example.com"), fieldSettings)
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	raw, err := doc.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := places(t, raw, "new.example.com"), "new-example-com-listener@public:p443 new-example-com-listener-2@public6:p443"; got != want {
		t.Errorf("listeners are %s, want %s", got, want)
	}
	private := parse(t, with(t, dualStack(t), "properties.frontendIPConfigurations", `[{"name":"inside","properties":{"privateIPAddress":"10.0.0.4"}}]`))
	_, err = private.Want(listenersFor(1)[0], settings)
	wantFailure(t, err, issuance.CodeGatewayNoPublicIP, "gw")
}

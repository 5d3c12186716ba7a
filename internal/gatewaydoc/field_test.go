package gatewaydoc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// field is a gateway's document as people have it; the test is skipped without it.
func field(t *testing.T, pattern string) []byte {
	t.Helper()
	dir := os.Getenv("CERTGATE_FIXTURES")
	if dir == "" {
		t.Skip("CERTGATE_FIXTURES is not set")
	}
	found, err := filepath.Glob(filepath.Join(dir, "field", pattern+"*.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	raw, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

var fieldSettings = gatewaydoc.Settings{BackendPool: "app", HTTPSettings: "app"}

func TestACertificateOfALayer4ListenerIsNotChangedUnderIt(t *testing.T) {
	t.Parallel()
	doc := parse(t, field(t, "11-"))
	changed, err := doc.Want(listener("new-example-com", "new.example.com"), fieldSettings)
	wantFailure(t, err, issuance.CodeGatewayRefused, "new-example-com", "mqtt")
	if changed || doc.Changed() {
		t.Error("the document changed all the same")
	}
}

func TestTheBasicTierHasRoomForFiveListeners(t *testing.T) {
	t.Parallel()
	doc := parse(t, field(t, "08-"))
	_, err := doc.Want(listener("new-example-com", "new.example.com"), fieldSettings)
	wantFailure(t, err, issuance.CodeGatewayLimit, "5 listeners and can have 5")
}

// layer4 is a gateway with a TCP listener on a port, and a rule for it.
func layer4(t *testing.T, port string) []byte {
	t.Helper()
	doc := gatewayWithoutListeners()
	doc = with(t, doc, "properties.frontendPorts", `[{"name":"taken","properties":{"port":`+port+`}}]`)
	doc = with(t, doc, "properties.listeners", `[{"name":"mqtt","properties":{"protocol":"Tcp","frontendIPConfiguration":{"id":"/g/frontendIPConfigurations/f"},"frontendPort":{"id":"/g/frontendPorts/taken"}}}]`)
	return with(t, doc, "properties.routingRules", `[{"name":"mqtt","properties":{"priority":10000,"listener":{"id":"/g/listeners/mqtt"}}}]`)
}

func TestPortsAndPrioritiesOfLayer4AreTaken(t *testing.T) {
	t.Parallel()
	_, err := parse(t, layer4(t, "443")).Want(listenersFor(1)[0], settings)
	wantFailure(t, err, issuance.CodeGatewayRefused, "mqtt", "443")
	if problem := parse(t, layer4(t, "443")).Survey(settings, "", 80).HTTPSPort; problem == nil {
		t.Error("the survey calls the port free")
	}
	_, err = parse(t, layer4(t, "80")).WantChallengePath(managed(80))
	wantFailure(t, err, issuance.CodeGatewayRefused, "mqtt", "80")

	doc, _ := apply(t, layer4(t, "8883"), settings, listenersFor(1)...)
	if p := priority(t, doc, listenersFor(1)[0].Name); p == 10000 {
		t.Error("a priority that a layer-4 rule has was given again")
	}
	for _, room := range parse(t, doc).Limits() {
		if want := map[string]int{"certificates": 1, "listeners": 2, "active listeners": 2, "rules": 2}[room.Kind]; room.Used != want {
			t.Errorf("%d %s, want %d", room.Used, room.Kind, want)
		}
	}
}

// requireServerNameIndication is of v1: a v2 gateway answers false to whatever was sent.
func TestWhatAV2GatewayDoesNotKeepIsNotWrittenAgain(t *testing.T) {
	t.Parallel()
	l := listenersFor(1)[0]
	doc, _ := apply(t, gatewayWithoutListeners(), settings, l)
	answered := []byte(strings.ReplaceAll(string(doc), `"requireServerNameIndication":true`, `"requireServerNameIndication":false`))
	if _, changed := apply(t, answered, settings, l); changed {
		t.Error("the document is changed for ever")
	}
}

package gatewaydoc_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// managed are settings with which certgate has port 80 too. The test gateway has
// a port 80 of its own; 8080 is free there.
func managed(port int) gatewaydoc.Settings {
	s := settings
	s.HTTP = &gatewaydoc.HTTPSide{Port: port, FilesURL: "https://acmefiles.blob.core.windows.net/challenges"}
	return s
}

// port80 are the collections that grow with it.
var port80 = []string{"backendAddressPools", "backendHttpSettingsCollection", "probes", "redirectConfigurations", "urlPathMaps"}

func leadFiles(t *testing.T, doc []byte, s gatewaydoc.Settings) ([]byte, bool) {
	t.Helper()
	edited, changed, err := applyChallengePath(doc, s)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return edited, changed
}

func TestPort80LeadsValidationFilesToTheContainer(t *testing.T) {
	t.Parallel()
	doc, _ := leadFiles(t, appgatewaytest.Gateway(), managed(8080))
	at := func(collection, name string) string { return appgatewaytest.ID + "/" + collection + "/" + name }
	const backend, listener = "certgate-challenge", "certgate-http-listener"
	for _, c := range []struct{ collection, name, path, want string }{
		{"backendAddressPools", backend, "properties.backendAddresses.0.fqdn", "acmefiles.blob.core.windows.net"},
		{"backendHttpSettingsCollection", backend, "properties.port", "443"},
		{"backendHttpSettingsCollection", backend, "properties.protocol", "Https"},
		{"backendHttpSettingsCollection", backend, "properties.pickHostNameFromBackendAddress", "true"},
		{"backendHttpSettingsCollection", backend, "properties.path", "/challenges/.well-known/acme-challenge/"},
		{"backendHttpSettingsCollection", backend, "properties.probe.id", at("probes", backend)},
		{"probes", backend, "properties.match.statusCodes", `["200-399","404"]`},
		{"probes", backend, "properties.path", "/challenges/.well-known/acme-challenge/certgate.probe"},
		{"httpListeners", listener, "properties.protocol", "Http"},
		{"httpListeners", listener, "properties.hostName", ""},
		{"httpListeners", listener, "properties.frontendPort.id", at("frontendPorts", "port_8080")},
		{"httpListeners", listener, "properties.frontendIPConfiguration.id", at("frontendIPConfigurations", "public")},
		{"requestRoutingRules", "certgate-http-rule", "properties.ruleType", "PathBasedRouting"},
		{"requestRoutingRules", "certgate-http-rule", "properties.httpListener.id", at("httpListeners", listener)},
		{"requestRoutingRules", "certgate-http-rule", "properties.urlPathMap.id", at("urlPathMaps", "certgate-http-paths")},
		{"urlPathMaps", "certgate-http-paths", "properties.pathRules.0.properties.paths", `["/.well-known/acme-challenge/*"]`},
		{"urlPathMaps", "certgate-http-paths", "properties.pathRules.0.properties.backendAddressPool.id", at("backendAddressPools", backend)},
		{"urlPathMaps", "certgate-http-paths", "properties.pathRules.0.properties.backendHttpSettings.id", at("backendHttpSettingsCollection", backend)},
		{"urlPathMaps", "certgate-http-paths", "properties.defaultBackendAddressPool.id", at("backendAddressPools", backend)},
	} {
		if got := entry(doc, c.collection, c.name, c.path); got != c.want {
			t.Errorf("%s %s %s is %q, want %q", c.collection, c.name, c.path, got, c.want)
		}
	}
	if priority := gjson.Parse(entry(doc, "requestRoutingRules", "certgate-http-rule", "properties.priority")).Int(); priority <= 10000 {
		t.Errorf("the rule for every hostname has priority %d, among those of single hostnames", priority)
	}
	if again, changed := leadFiles(t, doc, managed(8080)); changed || !bytes.Equal(again, doc) {
		t.Error("the second time changed the document")
	}
	if !parse(t, doc).HasChallengePath(managed(8080)) || !parse(t, doc).HoldsChallengePath() {
		t.Error("it is not recognised")
	}
	if parse(t, appgatewaytest.Gateway()).HasChallengePath(managed(8080)) {
		t.Error("it stands before it is made")
	}
}

func TestPort80GoesAndEverythingElseKeepsItsBytes(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := managed(9090)
			s.BackendPool, s.HTTPSettings = firstPool(t, doc), firstSettings(t, doc)
			now, _ := leadFiles(t, doc, s)
			compare(t, doc, now, port80...)
			for _, l := range listenersFor(3) {
				now, _ = apply(t, now, s, l)
				compare(t, doc, now, port80...)
			}
			for _, l := range listenersFor(3) {
				var err error
				if now, _, _, err = removeAll(now, l.Name); err != nil {
					t.Fatal(err)
				}
			}
			now, _, refused, err := removeAll(now, gatewaydoc.ChallengePath)
			if err != nil || len(refused) > 0 {
				t.Fatal(err, refused)
			}
			compare(t, doc, now, port80...)
			if strings.Contains(string(now), "certgate-") || strings.Contains(string(now), "-http-") {
				t.Error("something of certgate's is left")
			}
		})
	}
}

func TestWhatSomebodyChangedOnOurPort80IsPutRight(t *testing.T) {
	t.Parallel()
	right, _ := leadFiles(t, appgatewaytest.Gateway(), managed(8080))
	index := func(collection, name string) string {
		for i, e := range gjson.GetBytes(right, "properties."+collection).Array() {
			if e.Get("name").String() == name {
				return fmt.Sprintf("properties.%s.%d.properties.", collection, i)
			}
		}
		t.Fatalf("no %s in %s", name, collection)
		return ""
	}
	for path, value := range map[string]string{
		index("backendAddressPools", "certgate-challenge") + "backendAddresses":      `[{"fqdn":"old.blob.core.windows.net"}]`,
		index("backendHttpSettingsCollection", "certgate-challenge") + "path":        `"/other/"`,
		index("backendHttpSettingsCollection", "certgate-challenge") + "port":        `80`,
		index("probes", "certgate-challenge") + "match.statusCodes":                  `["200"]`,
		index("urlPathMaps", "certgate-http-paths") + "pathRules.0.properties.paths": `["/x/*"]`,
		index("httpListeners", "certgate-http-listener") + "frontendPort.id":         `"` + appgatewaytest.ID + `/frontendPorts/tls"`,
		index("requestRoutingRules", "certgate-http-rule") + "urlPathMap.id":         `"` + appgatewaytest.ID + `/urlPathMaps/other"`,
	} {
		bent := with(t, right, path, value)
		if parse(t, bent).HasChallengePath(managed(8080)) {
			t.Errorf("%s = %s: it stands", path, value)
		}
		if mended, _ := leadFiles(t, bent, managed(8080)); gjson.GetBytes(mended, path).Raw != gjson.GetBytes(right, path).Raw {
			t.Errorf("%s is %s, want %s", path, gjson.GetBytes(mended, path).Raw, gjson.GetBytes(right, path).Raw)
		}
	}
	// The service's additions are no difference.
	richer := with(t, right, index("probes", "certgate-challenge")+"minServers", `0`)
	if !parse(t, richer).HasChallengePath(managed(8080)) {
		t.Error("a member that the service added is taken for a change")
	}
}

func TestAListenerOfSomebodyElseOnPort80IsTheirs(t *testing.T) {
	t.Parallel()
	const template = `{"id":"/g","properties":{"frontendIPConfigurations":[{"name":"f","properties":{"publicIPAddress":{"id":"/p"}}}],
		"frontendPorts":[{"name":"http","properties":{"port":80}}],
		"httpListeners":[{"name":"all","properties":{"protocol":"Http","frontendIPConfiguration":{"id":"/g/frontendIPConfigurations/f"},"frontendPort":{"id":"/g/frontendPorts/http"}}}],
		"requestRoutingRules":[{"name":"r","properties":{"priority":1,"httpListener":{"id":"/g/httpListeners/all"},"urlPathMap":{"id":"/g/urlPathMaps/m"}}}],
		"urlPathMaps":[{"name":"m","properties":{"pathRules":[%s]}}]}}`
	rule := func(paths string) string { return `{"name":"x","properties":{"paths":[` + paths + `]}}` }
	for name, c := range map[string]struct {
		rules string
		fine  bool
	}{
		"with the path rule":           {rule(`"/.well-known/acme-challenge/*"`), true},
		"in other letters":             {rule(`"/api/*"`) + "," + rule(`"/.Well-Known/*"`), true},
		"without":                      {rule(`"/api/*"`), false},
		"behind one that takes it all": {rule(`"/*"`) + "," + rule(`"/.well-known/acme-challenge/*"`), false},
	} {
		doc := []byte(fmt.Sprintf(template, c.rules))
		edited, changed, err := applyChallengePath(doc, managed(80))
		switch {
		case c.fine && (err != nil || changed || !bytes.Equal(doc, edited)):
			t.Errorf("%s: changed %v, %v", name, changed, err)
		case !c.fine:
			wantFailure(t, err, issuance.CodeGatewayRefused, "all", "/.well-known/acme-challenge/*")
		}
	}
}

func TestWithoutTheSettingPort80IsLeftAlone(t *testing.T) {
	t.Parallel()
	doc := appgatewaytest.Gateway()
	if edited, changed := leadFiles(t, doc, settings); changed || !bytes.Equal(doc, edited) {
		t.Error("the document changed")
	}
	edited, _ := apply(t, doc, settings, listenersFor(1)...)
	if strings.Contains(string(edited), "-http-") {
		t.Error("a listener on port 80 was made")
	}
}

// The website serves the container's files at its root: nothing stands before
// .well-known, and the container's name is nowhere.
func TestPort80LeadsToAStaticWebsite(t *testing.T) {
	t.Parallel()
	website := managed(8080)
	website.HTTP.FilesURL = "https://acmefiles.z6.web.core.windows.net"
	doc, _ := leadFiles(t, appgatewaytest.Gateway(), website)
	const backend = "certgate-challenge"
	for _, c := range []struct{ collection, path, want string }{
		{"backendAddressPools", "properties.backendAddresses.0.fqdn", "acmefiles.z6.web.core.windows.net"},
		{"backendHttpSettingsCollection", "properties.path", "/.well-known/acme-challenge/"},
		{"probes", "properties.path", "/.well-known/acme-challenge/certgate.probe"},
	} {
		if got := entry(doc, c.collection, backend, c.path); got != c.want {
			t.Errorf("%s %s is %q, want %q", c.collection, c.path, got, c.want)
		}
	}
	// From a container to a website and back is one write each.
	back, changed := leadFiles(t, doc, managed(8080))
	if again, _ := leadFiles(t, back, website); !changed || !bytes.Equal(again, doc) {
		t.Error("the way back and forth is not the same")
	}
}

package gatewaysim_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"certgate/localstack/armsim"
	"certgate/localstack/gatewaysim"
	"certgate/localstack/process/processtest"
	"certgate/localstack/vaultsim"
)

func TestValidationFilesComeFromTheBlobAndTheRestFromTheApp(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	blobHost := strings.TrimPrefix(s.blob.URL, "http://")
	for _, tc := range []struct{ uri, want string }{
		{"/.well-known/acme-challenge/token-1_x", "blob " + blobHost + " /devstoreaccount1/acme/.well-known/acme-challenge/token-1_x"},
		{"/.WELL-KNOWN/acme-challenge/token", "blob " + blobHost + " /devstoreaccount1/acme/.well-known/acme-challenge/token"},
		{"/.well-known/acme-challenge", "app any.example /.well-known/acme-challenge"},
		{"/a/b?c=d", "app any.example /a/b?c=d"},
		{"/", "app any.example /"},
	} {
		status, _, body := s.get(t, "any.example", tc.uri)
		if status != 200 || body != tc.want {
			t.Errorf("%s: %d %q, want %q", tc.uri, status, body, tc.want)
		}
	}
}

func TestRedirectsNameTheTargetListener(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	s.issue(t, "a", "a.example")
	s.change(t, func(d document) {
		d.addSite("a", "a.example", 10)
		for i, tc := range []struct {
			name, kind string
			with       map[string]any
		}{
			{"all", "Permanent", map[string]any{"targetListener": d.ref("httpListeners", "a-listener"), "includePath": true, "includeQueryString": true}},
			{"none", "Found", map[string]any{"targetListener": d.ref("httpListeners", "a-listener")}},
			{"url", "Temporary", map[string]any{"targetUrl": "https://other.example/base/", "includePath": true}},
		} {
			tc.with["redirectType"] = tc.kind
			d.add("redirectConfigurations", tc.name, tc.with)
			d.addListener(tc.name, 100+i, map[string]any{"protocol": "Http", "hostName": tc.name + ".example", "frontendPort": d.ref("frontendPorts", "port-http")},
				map[string]any{"redirectConfiguration": d.ref("redirectConfigurations", tc.name)})
		}
	})
	secure := "https://a.example:" + strconv.Itoa(s.https)
	for _, tc := range []struct {
		host     string
		status   int
		location string
	}{
		{"all.example", 301, secure + "/x/y?q=1"},
		{"none.example", 302, secure + "/"},
		{"url.example", 307, "https://other.example/base/x/y"},
	} {
		status, location, _ := s.get(t, tc.host, "/x/y?q=1")
		if status != tc.status || location != tc.location {
			t.Errorf("%s: %d %s, want %d %s", tc.host, status, location, tc.status, tc.location)
		}
	}
}

func TestBackendSettingsDecideHostAndPath(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	backend := echo(t, "direct")
	host, port, err := net.SplitHostPort(strings.TrimPrefix(backend.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	s.change(t, func(d document) {
		d.add("backendAddressPools", "direct", map[string]any{"backendAddresses": []any{map[string]any{"ipAddress": host}}})
		d.add("backendAddressPools", "empty", map[string]any{"backendAddresses": []any{}})
		for i, tc := range []struct {
			name, pool string
			with       map[string]any
		}{
			{"kept", "direct", map[string]any{}},
			{"named", "direct", map[string]any{"hostName": "inner.example"}},
			{"picked", "direct", map[string]any{"pickHostNameFromBackendAddress": true}},
			{"overridden", "direct", map[string]any{"path": "/override/"}},
			{"none", "empty", map[string]any{}},
			{"dead", "direct", map[string]any{"port": s.https}}, // no server listens there yet
		} {
			if tc.with["port"] == nil {
				tc.with["port"] = number
			}
			tc.with["protocol"] = "Http"
			d.add("backendHttpSettingsCollection", tc.name, tc.with)
			d.addListener(tc.name, 100+i, map[string]any{"protocol": "Http", "hostName": tc.name + ".example", "frontendPort": d.ref("frontendPorts", "port-http")},
				map[string]any{"backendAddressPool": d.ref("backendAddressPools", tc.pool), "backendHttpSettings": d.ref("backendHttpSettingsCollection", tc.name)})
		}
	})
	for _, tc := range []struct {
		host   string
		status int
		body   string
	}{
		{"kept.example", 200, "direct kept.example /home/x"},
		{"named.example", 200, "direct inner.example /home/x"},
		{"picked.example", 200, "direct " + host + ":" + port + " /home/x"},
		{"overridden.example", 200, "direct overridden.example /override/home/x"},
		{"none.example", 502, ""},
		{"dead.example", 502, ""},
	} {
		status, _, body := s.get(t, tc.host, "/home/x")
		if status != tc.status || tc.body != "" && body != tc.body {
			t.Errorf("%s: %d %q, want %d %q", tc.host, status, body, tc.status, tc.body)
		}
	}
}

func TestAHostThatNoListenerTakesIs404(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	s.change(t, func(d document) {
		d.properties()["httpListeners"].([]any)[0].(map[string]any)["properties"].(map[string]any)["hostNames"] = []any{"*.a.example", "b.example"}
	})
	for host, want := range map[string]int{"x.a.example": 200, "x.y.a.example": 200, "a.example": 404, "b.example": 200, "c.b.example": 404} {
		if status, _, _ := s.get(t, host, "/"); status != want {
			t.Errorf("%s: %d, want %d", host, status, want)
		}
	}
}

func TestATestCanAnswerForTheChallengePath(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{ChallengeOverride: func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/hijacked") {
			fmt.Fprint(w, "somebody else's content")
			return true
		}
		return false
	}}, vaultsim.Options{})
	if _, _, body := s.get(t, "a.example", "/.well-known/acme-challenge/hijacked"); body != "somebody else's content" {
		t.Errorf("got %q", body)
	}
	if _, _, body := s.get(t, "a.example", "/.well-known/acme-challenge/other"); !strings.HasPrefix(body, "blob") {
		t.Errorf("got %q", body)
	}
	if _, _, body := s.get(t, "a.example", "/hijacked"); !strings.HasPrefix(body, "app") {
		t.Errorf("outside of the challenge path: %q", body)
	}
}

func TestPortsFollowTheDocumentAndAStoppedGatewayHasNone(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	extra := processtest.FreePort(t)
	listens := func(port int) bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			return false
		}
		conn.Close()
		return true
	}
	s.change(t, func(d document) {
		d.add("frontendPorts", "extra", map[string]any{"port": extra})
		d.addListener("extra", 10, map[string]any{"protocol": "Http", "frontendPort": d.ref("frontendPorts", "extra")},
			map[string]any{"backendAddressPool": d.ref("backendAddressPools", "app"), "backendHttpSettings": d.ref("backendHttpSettingsCollection", "app-settings")})
	})
	if !listens(extra) {
		t.Error("the new frontend port is closed")
	}
	s.change(t, func(d document) {
		for _, collection := range []string{"httpListeners", "requestRoutingRules"} {
			list := d.properties()[collection].([]any)
			d.properties()[collection] = list[:len(list)-1]
		}
	})
	if listens(extra) {
		t.Error("a port without listener is open")
	}
	if err := s.arm.Stop(s.id); err != nil {
		t.Fatal(err)
	}
	if listens(s.http) {
		t.Error("a stopped gateway listens")
	}
	s.change(t, func(document) {})
	if !listens(s.http) {
		t.Error("a started gateway does not listen")
	}
}

func TestAPortThatIsTakenIsAnErrorAndTheRestIsServed(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	doc, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: subscription, ResourceGroup: "rg", Name: "gw2", HTTPPort: taken.Addr().(*net.TCPAddr).Port})
	if err != nil {
		t.Fatal(err)
	}
	other := gatewaysim.New(gatewaysim.Options{})
	defer other.Close()
	if err := other.Apply(doc, true); err == nil {
		t.Error("a port that is taken is no error")
	}
	other.Close()
	if err := other.Apply(doc, true); err != gatewaysim.ErrClosed {
		t.Errorf("after Close: %v", err)
	}
	if status, _, _ := s.get(t, "a.example", "/"); status != 200 {
		t.Errorf("the first gateway answers %d", status)
	}
}

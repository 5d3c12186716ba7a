package gatewaysim_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewayprobe"
	"certgate/internal/gatewayview"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
	"certgate/localstack/gatewaysim"
	"certgate/localstack/vaultsim"
)

// front is the gateway as the look knows it: an address.
type front struct{}

func (front) ID() string { return "/subscriptions/s/gw" }

func (front) Read(context.Context) (*gatewaydoc.Document, error) { return nil, context.Canceled }

func (front) PublicAddresses(context.Context) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

// looks is the reply of GET /api/hostnames/{hostname}/look.
type looks struct {
	HTTP, HTTPS gatewayprobe.Look
	Served      *struct {
		Leaf   struct{ Hostnames []string }
		Chain  []any
		Covers bool
	}
	raw string
}

// lookAt asks certgate's API, which manages these hostnames, for a look at the first.
func (s *stack) lookAt(t *testing.T, hostnames ...string) (found looks) {
	t.Helper()
	records := managedtest.NewRecords()
	if err := records.SaveRecord(t.Context(), &managed.Record{Name: strings.ReplaceAll(hostnames[0], ".", "-"), Hostnames: hostnames}); err != nil {
		t.Fatal(err)
	}
	view := gatewayview.New([]gatewayview.Named{{Gateway: front{}}}, gatewayprobe.New(gatewayprobe.Config{HTTPPort: s.http, HTTPSPort: s.https}), nil)
	server := httptest.NewServer(apitest.New(t, api.Config{
		SignIn:       principal.New(principal.Config{ClientPrincipal: true}),
		Certificates: api.Certificates{Records: records, Gateway: view}, Gateways: view, Log: slog.New(slog.DiscardHandler),
	}))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/hostnames/"+hostnames[0]+"/look", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(principal.Header, principaltest.ClientPrincipal("aad", "rita@example.com", principal.Reader))
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	found.raw = string(raw)
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(raw, &found) != nil {
		t.Fatalf("%d %s %v", resp.StatusCode, raw, err)
	}
	return found
}

func statuses(l gatewayprobe.Look) (list []int) {
	for _, a := range l.Answers {
		list = append(list, a.Status)
	}
	return list
}

// serveApp puts an application behind the gateway, with a listener over HTTPS for its hostname
// and, over HTTP, a redirect there.
func (s *stack) serveApp(t *testing.T, host string, app http.HandlerFunc) {
	t.Helper()
	s.issue(t, "shop", host)
	s.app.Config.Handler = app
	s.change(t, func(d document) {
		d.addSite("shop", host, 10)
		d.add("redirectConfigurations", "up", map[string]any{"redirectType": "Permanent", "targetListener": d.ref("httpListeners", "shop-listener"), "includePath": true})
		d.addListener("plain", 20, map[string]any{"protocol": "Http", "hostName": host, "frontendPort": d.ref("frontendPorts", "port-http")},
			map[string]any{"redirectConfiguration": d.ref("redirectConfigurations", "up")})
	})
}

func TestALookThroughTheGatewayHasNoBodyAndNoSecrets(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	s.serveApp(t, "shop.example.com", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "session=s3cret; Secure")
		w.Header().Add("X-Own-Token", "s3cret")
		w.Header().Set("Strict-Transport-Security", "max-age=300")
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/home?state=s3cret#s3cret", http.StatusSeeOther)
			return
		}
		if r.URL.RawQuery != "state=s3cret" {
			w.WriteHeader(http.StatusTeapot)
		}
		io.WriteString(w, "s3cret page")
	})
	found := s.lookAt(t, "shop.example.com")
	if got := statuses(found.HTTP); !slices.Equal(got, []int{301, 303, 200}) || found.HTTP.End != gatewayprobe.Answered {
		t.Errorf("over HTTP: %v %s %s", got, found.HTTP.End, found.HTTP.Problem)
	}
	if got := statuses(found.HTTPS); !slices.Equal(got, []int{303, 200}) || found.HTTPS.Answers[0].Location != "https://shop.example.com/home?hidden" {
		t.Errorf("over HTTPS: %v %s", got, found.raw)
	}
	if found.Served == nil || !found.Served.Covers || len(found.Served.Chain) == 0 {
		t.Errorf("the chain: %s", found.raw)
	}
	for _, want := range []string{`{"name":"Set-Cookie","value":null}`, `{"name":"X-Own-Token","value":null}`, `{"name":"Strict-Transport-Security","value":"max-age=300"}`} {
		if !strings.Contains(found.raw, want) {
			t.Errorf("no %s in %s", want, found.raw)
		}
	}
	if strings.Contains(found.raw, "s3cret") {
		t.Errorf("a secret is shown: %s", found.raw)
	}
}

func TestALookStaysOnTheHostnameAndEnds(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a look left the gateway") }))
	t.Cleanup(inside.Close)
	_, insidePort, _ := strings.Cut(strings.TrimPrefix(inside.URL, "http://"), ":")
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	var to func(path string) string
	s.serveApp(t, "shop.example.com", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to(r.URL.Path))
		w.WriteHeader(http.StatusFound)
	})
	for _, test := range []struct {
		to      func(string) string
		answers int
		end     gatewayprobe.End
	}{
		{func(string) string { return inside.URL }, 1, gatewayprobe.Elsewhere},
		{func(string) string { return "http://shop.example.com:" + insidePort + "/" }, 1, gatewayprobe.Elsewhere},
		{func(string) string { return "https://other.example.com/" }, 1, gatewayprobe.Elsewhere},
		{func(string) string { return "//shop.example.com@127.0.0.1:" + insidePort }, 1, gatewayprobe.Elsewhere},
		{func(string) string { return "ftp://shop.example.com/" }, 1, gatewayprobe.Elsewhere},
		{func(string) string { return "/" }, 1, gatewayprobe.Loop},
		{func(path string) string { return path + "a/" }, 6, gatewayprobe.TooMany},
		{func(string) string { return "http://[::1" }, 1, gatewayprobe.Answered},
	} {
		to = test.to
		if found := s.lookAt(t, "shop.example.com"); len(found.HTTPS.Answers) != test.answers || found.HTTPS.End != test.end {
			t.Errorf("%s: %d answers, %s; want %d, %s", to("/"), len(found.HTTPS.Answers), found.HTTPS.End, test.answers, test.end)
		}
	}
}

func TestALookSaysWhatKeepsAnAnswerBack(t *testing.T) {
	t.Parallel()
	s := setup(t, gatewaysim.Options{}, vaultsim.Options{})
	found := s.lookAt(t, "shop.example.com") // a gateway without a listener over HTTPS
	if found.HTTPS.End != gatewayprobe.NothingCame || !strings.Contains(found.HTTPS.Problem, "port "+strconv.Itoa(s.https)) || found.Served != nil {
		t.Errorf("no listener: %s", found.raw)
	}
	s.serveApp(t, "shop.example.com", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", strings.Repeat("x", 64<<10))
	})
	if found := s.lookAt(t, "shop.example.com"); found.HTTPS.End != gatewayprobe.NothingCame || len(found.raw) > 8<<10 {
		t.Errorf("endless headers: %.500s", found.raw)
	}
}

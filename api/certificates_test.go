package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/watch"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

// shownGateway is a gateway at rest, and the vault behind it.
type shownGateway struct {
	away      bool
	listeners map[string][]string
	now       map[string][]string // listeners that nobody has read yet, if not nil
	chain     [][]byte
	silent    bool              // no answer over TLS, as when the network is broken
	versions  map[string][]byte // leaf by "name/version"
}

func (g *shownGateway) Name() string { return "shared" }

func (g *shownGateway) Listeners(context.Context) (map[string][]string, error) {
	if g.away {
		return nil, errors.New("ARM is away")
	}
	return g.listeners, nil
}

func (g *shownGateway) ListenersSince(ctx context.Context, _ time.Time) (map[string][]string, error) {
	if g.now != nil {
		g.listeners = g.now
	}
	return g.Listeners(ctx)
}

func (g *shownGateway) Chain(context.Context, string) ([][]byte, error) {
	if g.chain == nil {
		return nil, errors.New("nothing is served")
	}
	return g.chain, nil
}

func (g *shownGateway) Version(_ context.Context, name, version string) (issuance.VaultCertificate, error) {
	leaf, ok := g.versions[name+"/"+version]
	if !ok {
		return issuance.VaultCertificate{}, issuance.ErrGone
	}
	return issuance.VaultCertificate{Name: name, Version: version, Leaf: leaf}, nil
}

// ServedLeaf and the two that follow are what the watchdog's look needs.
func (g *shownGateway) ServedLeaf(context.Context, string, netip.Addr) ([]byte, error) {
	switch {
	case g.silent:
		return nil, errors.New("nothing answers")
	case g.chain == nil:
		return nil, issuance.ErrNoListener
	}
	return g.chain[0], nil
}

func (g *shownGateway) ChallengeFile(context.Context, string, string, netip.Addr) (string, int, error) {
	return "", 0, errors.New("not asked for")
}

func (g *shownGateway) PublicAddresses(context.Context) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
}

func (g *shownGateway) Certificate(context.Context, string) (issuance.VaultCertificate, error) {
	return issuance.VaultCertificate{}, issuance.ErrGone
}

func (w *world) certificates() api.Certificates {
	look := watch.Ports{Gateway: w.gateway, Probe: w.gateway, Vault: w.gateway}.Look
	return api.Certificates{Records: w.records, Vault: w.gateway, Gateway: w.gateway, Look: look, Portal: api.Portal{GatewayID: "/subscriptions/s/gw", TenantID: "contoso"}, Clock: w.clock.Now}
}

// managedWorld knows the flows that certificates are managed with.
func managedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.runner.Add(issuance.RenewCertificate(issuance.Ports{}))
	w.runner.Add(issuance.RetireCertificate(issuance.RetirePorts{}))
	w.runner.Add(issuance.RevokeCertificate(issuance.RevokePorts{}))
	w.runner.Add(batch.AddMultiple(w.runner, w.store))
	return w
}

// manages stores the record of a healthy certificate, 30 days old of 90, after
// change.
func (w *world) manages(hostname string, change func(*managed.Record)) string {
	w.t.Helper()
	now := w.clock.Now()
	name := strings.ReplaceAll(hostname, ".", "-")
	r := &managed.Record{
		Name: name, Hostnames: []string{hostname}, Version: "v2", Thumbprint: "AB12", Issuer: "Test CA", KeyType: "RSA-2048",
		SecretID: "https://vault.test/secrets/" + name, NotBefore: now.Add(-30 * 24 * time.Hour), NotAfter: now.Add(60 * 24 * time.Hour),
		Served: managed.ServedCurrent, ServedAt: now,
	}
	if change != nil {
		change(r)
	}
	if err := w.records.SaveRecord(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
	return name
}

// list walks every page and returns the names.
func (w *world) list(query string) (names []string) {
	w.t.Helper()
	token := ""
	for range 1000 {
		r := w.callWith("GET", "/api/certificates?"+query, "", principal.Header, admin, "x-ms-continuation-token", token)
		if r.status != http.StatusOK {
			w.t.Fatalf("%s: %d %s", query, r.status, r.raw)
		}
		var page struct{ Certificates []struct{ Name string } }
		if err := json.Unmarshal([]byte(r.raw), &page); err != nil {
			w.t.Fatal(err)
		}
		for _, c := range page.Certificates {
			names = append(names, c.Name)
		}
		if token = r.header.Get("x-ms-continuation-token"); token == "" {
			return names
		}
	}
	w.t.Fatal("the list has no end")
	return nil
}

func TestACertificateShowsItsFactsAndWhereItIs(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	now := w.clock.Now()
	w.manages("shop.example.com", func(r *managed.Record) {
		r.Window = &managed.Window{Start: now.Add(time.Hour), End: now.Add(48 * time.Hour), ExplanationURL: "https://ca.test/why"}
		r.RenewAt, r.LastInstance = now.Add(2*time.Hour), "0123"
	})
	w.gateway.listeners = map[string][]string{"https://vault.test/secrets/shop-example-com": {"shop-example-com-listener", "by-hand"}}
	r := w.call("GET", "/api/certificates", "")
	want := `{"certificates":[{"name":"shop-example-com","hostnames":["shop.example.com"],"issuer":"Test CA","authority":"default",` +
		`"notBefore":"2030-02-02T05:06:07.000Z","notAfter":"2030-05-03T05:06:07.000Z",` +
		`"renewal":{"start":"2030-03-04T06:06:07.000Z","end":"2030-03-06T05:06:07.000Z","at":"2030-03-04T07:06:07.000Z","explanationUrl":"https://ca.test/why"},` +
		`"keyType":"RSA-2048","installed":[{"gateway":"shared","listener":"shop-example-com-listener"},{"gateway":"shared","listener":"by-hand"}],` +
		`"served":"current","servedAt":"2030-03-04T05:06:07.000Z","state":"ok","lastInstance":"0123"}]}`
	if strings.TrimSpace(r.raw) != want {
		t.Errorf("got\n%s\nwant\n%s", r.raw, want)
	}

	w.gateway.away = true
	if r := w.call("GET", "/api/certificates", ""); r.status != 200 || !strings.Contains(r.raw, `"installed":null`) {
		t.Errorf("with ARM away: %d %s", r.status, r.raw)
	}
}

func TestCertificatesAreFoundByStateOverManyPages(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	var expired []string
	for i := range 2600 {
		name := fmt.Sprintf("h%04d.example.com", i)
		if i%650 == 649 {
			expired = append(expired, w.manages(name, func(r *managed.Record) { r.NotAfter = w.clock.Now().Add(-time.Duration(i) * time.Hour) }))
		} else {
			w.manages(name, nil)
		}
	}
	for _, top := range []string{"1", "100"} {
		if got := w.list("state=expired&top=" + top); fmt.Sprint(got) != fmt.Sprint(expired) {
			t.Errorf("top %s: %v, want %v", top, got, expired)
		}
	}
	if got := w.list("state=EXPIRED&sort=expiry&top=1"); len(got) != 4 || got[0] != expired[3] || got[3] != expired[0] {
		t.Errorf("by expiry: %v", got)
	}
	if got := w.list("search=h0649&state=expired"); len(got) != 1 {
		t.Errorf("search and state: %v", got)
	}
	if got := w.list("state=retired"); len(got) != 0 {
		t.Errorf("retired: %v", got)
	}
	if got := w.list("top=1000"); len(got) != 2600 {
		t.Errorf("%d in all", len(got))
	}
	for _, bad := range []string{"top=0", "top=x", "sort=age", "state=fine", "search=" + strings.Repeat("a", 300)} {
		if r := w.call("GET", "/api/certificates?"+bad, ""); r.status != 400 || r.body["code"] != api.CodeQueryNotValid || r.body["fix"] == nil {
			t.Errorf("%.40s: %d %s", bad, r.status, r.raw)
		}
	}
	for _, query := range []string{"", "?state=ok"} {
		if r := w.callWith("GET", "/api/certificates"+query, "", principal.Header, admin, "x-ms-continuation-token", "e30"); r.status != 400 {
			t.Errorf("a foreign token: %d %s", r.status, r.raw)
		}
	}
}

func selfSigned(t *testing.T, hostname string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname}, NotAfter: time.Unix(2e9, 0)}
	leaf, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func TestTheDetailShowsTheChainThatClientsAreShown(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	leaf, other := selfSigned(t, "shop.example.com"), selfSigned(t, "old.example.com")
	w.manages("shop.example.com", func(r *managed.Record) {
		r.Thumbprint, r.Served = managed.SHA1Thumbprint(leaf), managed.ServedNone
	})
	w.gateway.versions = map[string][]byte{"shop-example-com/v2": leaf}
	id := w.started("shop.example.com")
	w.end(id, true)
	again := w.started("shop.example.com")
	w.started("other.example.com")
	for _, c := range []struct {
		name   string
		served [][]byte
		chain  int
		state  string
	}{
		{"served now", [][]byte{leaf, other}, 2, "ok"},
		{"something else is served", [][]byte{other}, 1, "notServed"},
		{"nothing is served", nil, 1, "notServed"},
	} {
		w.gateway.chain = c.served
		r := w.call("GET", "/api/certificates/shop-example-com", "")
		chain, _ := r.body["chain"].([]any)
		if r.status != 200 || len(chain) != c.chain || r.body["state"] != c.state || chain[0].(map[string]any)["subject"] != "CN=shop.example.com" {
			t.Errorf("%s: %d %s", c.name, r.status, r.raw)
		}
		instances, _ := r.body["instances"].([]any)
		if len(instances) != 2 || r.body["version"] != "v2" || r.body["thumbprint"] != managed.SHA1Thumbprint(leaf) {
			t.Errorf("%s: %s", c.name, r.raw)
		}
		for _, want := range []string{again, id} {
			if !strings.Contains(r.raw, want) {
				t.Errorf("%s: instance %s is not shown", c.name, want)
			}
		}
	}
}

// Between two looks of the watchdog somebody may have changed the gateway.
func TestTheDetailSaysWhatIsServedAtThisMoment(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	leaf := selfSigned(t, "shop.example.com")
	before := w.clock.Now().Add(-3 * time.Hour)
	w.manages("shop.example.com", func(r *managed.Record) {
		r.Thumbprint, r.Before, r.Served, r.ServedAt = managed.SHA1Thumbprint(leaf), managed.SHA1Thumbprint([]byte("before")), managed.ServedCurrent, before
	})
	for _, c := range []struct {
		name          string
		shown         [][]byte
		silent        bool
		served, state string
	}{
		{"the listener is gone", nil, false, "none", "notServed"},
		{"another certificate", [][]byte{selfSigned(t, "*.example.com")}, false, "other", "notServed"},
		{"the version before", [][]byte{[]byte("before")}, false, "previous", "notServed"},
		{"no answer this once", nil, true, "unknown", "ok"},
		{"this one", [][]byte{leaf}, false, "current", "ok"},
	} {
		w.gateway.chain, w.gateway.silent = c.shown, c.silent
		r := w.call("GET", "/api/certificates/shop-example-com", "")
		if r.body["served"] != c.served || r.body["state"] != c.state || r.body["servedAt"] != w.clock.Now().UTC().Format("2006-01-02T15:04:05.000Z") {
			t.Errorf("%s: %v, %v, %v: want %s, %s", c.name, r.body["served"], r.body["state"], r.body["servedAt"], c.served, c.state)
		}
	}
}

func TestManagingStartsTheRightFlow(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	w.gateway.versions = map[string][]byte{"old-example-com/v1": {1}}
	for _, c := range []struct {
		host, method, suffix, body string
		flow, input                string
	}{
		{"renew.example.com", "POST", "/renew", "", issuance.FlowRenewCertificate, `"certificate":"renew-example-com"`},
		{"revoke.example.com", "POST", "/revoke", `{"reason":"keyCompromise"}`, issuance.FlowRevokeCertificate, `"reason":"keyCompromise","version":"v2"`},
		{"old.example.com", "POST", "/revoke", `{"reason":"superseded","version":"v1"}`, issuance.FlowRevokeCertificate, `"version":"v1"`},
		{"retire.example.com", "DELETE", "", "", issuance.FlowRetireCertificate, `"revoke":false`},
		{"both.example.com", "DELETE", "?revoke=true", "", issuance.FlowRetireCertificate, `"revoke":true`},
	} {
		name := w.manages(c.host, nil)
		r := w.call(c.method, "/api/certificates/"+name+c.suffix, c.body)
		if r.status != http.StatusAccepted || r.header.Get("Location") == "" {
			t.Errorf("%s: %d %s", c.host, r.status, r.raw)
			continue
		}
		inst, err := w.store.Load(t.Context(), r.body["id"].(string))
		if err != nil || inst.Flow != c.flow || inst.Claim != issuance.Claim(c.host) || !strings.Contains(string(inst.Input), c.input) || !strings.HasSuffix(inst.RequestedBy, "ann@example.com") {
			t.Errorf("%s: %+v, %v", c.host, inst, err)
		}
		// The same again joins what is under way.
		if again := w.call(c.method, "/api/certificates/"+name+c.suffix, c.body); again.status != 202 || again.body["id"] != r.body["id"] {
			t.Errorf("%s again: %d %s", c.host, again.status, again.raw)
		}
	}
}

func TestWhatCannotBeDoneIsRefusedBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	w.manages("shop.example.com", nil)
	w.manages("imported.example.com", func(r *managed.Record) { r.Imported = true })
	w.manages("retired.example.com", func(r *managed.Record) { r.Retired = true })
	for _, c := range []struct {
		call, body string
		status     int
		code       string
	}{
		{"GET none", "", 404, api.CodeCertificateNotFound},
		{"GET a.b", "", 404, api.CodeCertificateNotFound},
		{"DELETE none", "", 404, api.CodeCertificateNotFound},
		{"POST none/renew", "", 404, api.CodeCertificateNotFound},
		{"POST none/revoke", `{"reason":"superseded"}`, 404, api.CodeCertificateNotFound},
		{"POST shop-example-com/revoke", "", 400, api.CodeRevocationReasonNotValid},
		{"POST shop-example-com/revoke", "{}", 400, api.CodeRevocationReasonNotValid},
		{"POST shop-example-com/revoke", `{"reason":"cACompromise"}`, 400, api.CodeRevocationReasonNotValid},
		{"POST shop-example-com/revoke", `{"reason":4}`, 400, api.CodeBodyWrongType},
		{"POST shop-example-com/revoke", `{"reason":"superseded","force":true}`, 400, api.CodeBodyUnknownField},
		{"POST shop-example-com/revoke", `{"reason":"superseded","version":"v0"}`, 404, api.CodeCertificateNotFound},
		{"DELETE shop-example-com?revoke=perhaps", "", 400, api.CodeQueryNotValid},
		{"POST imported-example-com/renew", "", 409, api.CodeCertificateImported},
		{"POST imported-example-com/revoke", `{"reason":"superseded"}`, 409, api.CodeCertificateImported},
		{"DELETE imported-example-com?revoke=true", "", 409, api.CodeCertificateImported},
		{"POST retired-example-com/renew", "", 409, api.CodeCertificateRetired},
	} {
		method, path, _ := strings.Cut(c.call, " ")
		r := w.call(method, "/api/certificates/"+path, c.body)
		if r.status != c.status || r.body["code"] != c.code || r.body["fix"] == nil {
			t.Errorf("%s %s: %d %s, want %d %s", c.call, c.body, r.status, r.raw, c.status, c.code)
		}
	}
	if w.queue.Len() != 0 {
		t.Errorf("%d messages were sent", w.queue.Len())
	}
}

func TestNobodyIsToldOfAnInstanceThatDoesSomethingElse(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	name := w.manages("shop.example.com", nil)
	issuing := w.started("shop.example.com")
	if r := w.call("POST", "/api/certificates/"+name+"/renew", ""); r.status != 202 || r.body["id"] != issuing {
		t.Errorf("renewing while it is issued: %d %s", r.status, r.raw)
	}
	for _, call := range []string{"DELETE ", "DELETE ?revoke=true", "POST /revoke"} {
		method, suffix, _ := strings.Cut(call, " ")
		r := w.call(method, "/api/certificates/"+name+suffix, map[bool]string{true: `{"reason":"superseded"}`}[method == "POST"])
		if r.status != 409 || r.body["code"] != api.CodeCertificateBusy || !strings.Contains(r.raw, issuing) {
			t.Errorf("%s while it is issued: %d %s", call, r.status, r.raw)
		}
	}
	w.end(issuing, false)
	if r := w.call("DELETE", "/api/certificates/"+name, ""); r.status != 202 {
		t.Fatalf("retire: %d %s", r.status, r.raw)
	}
	for _, c := range [][3]string{
		{"DELETE", "/api/certificates/" + name + "?revoke=true"},
		{"POST", "/api/certificates/" + name + "/renew"},
		{"POST", start, `{"hostnames":[{"hostname":"shop.example.com"}]}`},
	} {
		if r := w.call(c[0], c[1], c[2]); r.status != 409 || r.body["code"] != api.CodeCertificateBusy {
			t.Errorf("%s %s while it is retired: %d %s", c[0], c[1], r.status, r.raw)
		}
	}
}

func TestNobodyIsToldOfAnInstanceThatIsCleaningUp(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	name := w.manages("shop.example.com", nil)
	dying := w.started("shop.example.com")
	if r := w.call("POST", "/api/instances/"+dying+"/terminate", ""); r.status != 202 {
		t.Fatalf("terminate: %d %s", r.status, r.raw)
	}
	many := w.call("POST", "/api/certificates", `{"hostnames":[{"hostname":"a.example.com"},{"hostname":"b.example.com"}]}`)
	if r := w.call("POST", "/api/instances/"+many.body["id"].(string)+"/terminate", ""); r.status != 202 {
		t.Fatalf("terminate: %d %s", r.status, r.raw)
	}
	for _, c := range [][3]string{
		{"POST", start, `{"hostnames":[{"hostname":"shop.example.com"}]}`},
		{"POST", "/api/certificates", `{"hostnames":[{"hostname":"shop.example.com"}]}`},
		{"POST", "/api/certificates/" + name + "/renew"},
		{"POST", "/api/certificates", `{"hostnames":[{"hostname":"a.example.com"},{"hostname":"b.example.com"}]}`},
	} {
		if r := w.call(c[0], c[1], c[2]); r.status != 409 || r.body["code"] != api.CodeCertificateBusy || !strings.Contains(r.raw, "cleaning up") {
			t.Errorf("%s %s while it cleans up: %d %s", c[0], c[1], r.status, r.raw)
		}
	}
}

func TestTheResourceTakesOneHostnameOrMany(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	for body, flow := range map[string]string{
		`{"hostnames":[{"hostname":"one.example.com"}]}`:                                   issuance.FlowAddCertificate,
		`{"hostnames":[{"hostname":"two.example.com"},{"hostname":"TWO.example.com."}]}`:   issuance.FlowAddCertificate,
		`{"hostnames":[{"hostname":"three.example.com"},{"hostname":"four.example.com"}]}`: batch.Flow,
	} {
		r := w.call("POST", "/api/certificates", body)
		if r.status != 202 {
			t.Errorf("%s: %d %s", body, r.status, r.raw)
			continue
		}
		if inst, err := w.store.Load(t.Context(), r.body["id"].(string)); err != nil || inst.Flow != flow {
			t.Errorf("%s started %v, %v", body, inst, err)
		}
	}
	if r := w.call("POST", "/api/certificates", `{"hostnames":[{"hostname":"localhost"}]}`); r.status != 400 {
		t.Errorf("a bad hostname: %d %s", r.status, r.raw)
	}
}

func TestInstancesArePurgedByFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := func(n int) string { return w.clock.Now().AddDate(0, 0, n).Format(time.RFC3339) }
	var ended []string
	for i := range 5 {
		id := w.started(fmt.Sprintf("h%d.example.com", i))
		w.end(id, i%2 == 0)
		ended = append(ended, id)
	}
	running := w.started("running.example.com")
	w.clock.Advance(time.Hour)
	for _, c := range []struct {
		query   string
		status  int
		deleted float64
	}{
		{"", 400, 0},
		{"createdTimeTo=" + day(1), 400, 0},
		{"createdTimeFrom=" + day(-1) + "&runtimeStatus=Running", 400, 0},
		{"createdTimeFrom=" + day(-1) + "&runtimeStatus=Failed,Pending", 400, 0},
		{"createdTimeFrom=" + day(1), 404, 0},
		{"createdTimeFrom=" + day(-2) + "&createdTimeTo=" + day(-1), 404, 0},
		{"createdTimeFrom=" + day(-1) + "&runtimeStatus=Failed", 200, 3},
		{"createdTimeFrom=" + day(-1), 200, 2},
		{"createdTimeFrom=" + day(-1), 404, 0},
	} {
		r := w.call("DELETE", "/api/instances?"+c.query, "")
		if r.status != c.status || c.deleted > 0 && r.body["instancesDeleted"] != c.deleted {
			t.Errorf("%s: %d %s", c.query, r.status, r.raw)
		}
	}
	if _, err := w.store.Load(t.Context(), ended[0]); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("an ended instance: %v", err)
	}
	if _, err := w.store.Load(t.Context(), running); err != nil {
		t.Errorf("the running instance: %v", err)
	}
	operator := principaltest.ClientPrincipal("aad", "bob@example.com", principal.Operator)
	if r := w.callWith("DELETE", "/api/instances?createdTimeFrom="+day(-1), "", principal.Header, operator); r.status != 403 {
		t.Errorf("an operator purges: %d", r.status)
	}
}

func TestWhereACertificateIsInstalledIsNotOlderThanItsRecord(t *testing.T) {
	t.Parallel()
	const secret = "https://vault.test/secrets/shop-example-com"
	on, off := map[string][]string{secret: {"shop-example-com-listener"}}, map[string][]string{}
	for name, c := range map[string]struct {
		read, now map[string][]string
		retired   bool
		served    bool // ServedAt is known
		want      string
	}{
		"a retirement that the view has not seen":           {read: on, now: off, retired: true, served: true, want: `[]`},
		"an installation that the view has not seen":        {read: off, now: on, served: true, want: `[{"gateway":"shared","listener":"shop-example-com-listener"}]`},
		"a retired certificate that somebody put on again":  {read: on, now: on, retired: true, served: true, want: `[{"gateway":"shared","listener":"shop-example-com-listener"}]`},
		"a certificate that nobody has seen on the gateway": {read: off, now: on, want: `[]`},
		"a view that agrees is not asked twice":             {read: on, now: off, served: true, want: `[{"gateway":"shared","listener":"shop-example-com-listener"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := managedWorld(t)
			w.manages("shop.example.com", func(r *managed.Record) {
				r.Retired = c.retired
				if !c.served {
					r.ServedAt = time.Time{}
				}
			})
			for _, path := range []string{"/api/certificates", "/api/certificates/shop-example-com"} {
				w.gateway.listeners, w.gateway.now = c.read, c.now
				if r := w.call("GET", path, ""); r.status != 200 || !strings.Contains(r.raw, `"installed":`+c.want) {
					t.Errorf("%s: %d %s, want installed %s", path, r.status, r.raw, c.want)
				}
			}
		})
	}
}

package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/internal/delivery"
	"certgate/internal/issuance/managed"
	"certgate/internal/principal"
)

func TestACertificateShowsItsFactsAndWhereItIs(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	now := w.clock.Now()
	w.manages("shop.example.com", func(r *managed.Record) {
		r.Window = &managed.Window{Start: now.Add(time.Hour), End: now.Add(48 * time.Hour), ExplanationURL: "https://ca.test/why"}
		r.RenewAt, r.LastInstance = now.Add(2*time.Hour), "0123"
	})
	w.gateway.listeners = map[string][]managed.Place{"https://vault.test/secrets/shop-example-com": {{Listener: "shop-example-com-listener"}, {Listener: "by-hand"}}}
	r := w.call("GET", "/api/certificates", "")
	want := `{"certificates":[{"name":"shop-example-com","hostnames":["shop.example.com"],"issuer":"Test CA","authority":"default",` +
		`"notBefore":"2030-02-02T05:06:07.000Z","notAfter":"2030-05-03T05:06:07.000Z",` +
		`"renewal":{"start":"2030-03-04T06:06:07.000Z","end":"2030-03-06T05:06:07.000Z","at":"2030-03-04T07:06:07.000Z","explanationUrl":"https://ca.test/why"},` +
		`"keyType":"RSA-2048","gateways":["default"],"installed":[{"gateway":"shared","listener":"shop-example-com-listener"},{"gateway":"shared","listener":"by-hand"}],` +
		`"served":"current","servedAt":"2030-03-04T05:06:07.000Z","state":"ok","lastInstance":"0123"}]}`
	if strings.TrimSpace(r.raw) != want {
		t.Errorf("got\n%s\nwant\n%s", r.raw, want)
	}

	w.gateway.away = true
	if r := w.call("GET", "/api/certificates", ""); r.status != 200 || !strings.Contains(r.raw, `"installed":null`) {
		t.Errorf("with ARM away: %d %s", r.status, r.raw)
	}
}

func TestACertificateShowsWhatElseServesIt(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	now := w.clock.Now()
	w.targets = []delivery.Shown{
		{Name: "edge", Kind: "endpoint", Served: managed.ServedCurrent, Since: now, Instance: "01"},
		{Name: "mail", Kind: "endpoint", Served: managed.ServedPrevious, Since: now, Deadline: now.Add(time.Hour), Problem: "It serves an older one.", Instance: "02"},
		{Name: "new", Kind: "endpoint", Served: managed.ServedNone, Problem: "It serves nothing."},
	}
	w.manages("shop.example.com", nil)
	r := w.call("GET", "/api/certificates/shop-example-com", "")
	want := `"targets":[{"name":"edge","kind":"endpoint","served":"current","since":"2030-03-04T05:06:07.000Z","instance":"01"},` +
		`{"name":"mail","kind":"endpoint","served":"previous","since":"2030-03-04T05:06:07.000Z","deadline":"2030-03-04T06:06:07.000Z","problem":"It serves an older one.","instance":"02"},` +
		`{"name":"new","kind":"endpoint","served":"none","problem":"It serves nothing."}]`
	if !strings.Contains(r.raw, want) {
		t.Errorf("got\n%s\nwant\n%s", r.raw, want)
	}
	w.targets = nil
	if r := w.call("GET", "/api/certificates/shop-example-com", ""); r.status != 200 || strings.Contains(r.raw, "targets") {
		t.Errorf("without a target: %d %s", r.status, r.raw)
	}
}

func TestTheManifestsOfACertificateAreWritten(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	w.manages("shop.example.com", nil)
	const path = "/api/certificates/shop-example-com/documents"
	if r := w.callWith("GET", path+"?target=aks", "", principal.Header, reader); r.status != 200 || r.raw != "kind: Ingress # shop-example-com\n" {
		t.Errorf("got %d %s", r.status, r.raw)
	}
	for query, code := range map[string]string{"": api.CodeQueryNotValid, "?target=edge": api.CodeTargetNotFound, "?target=other": api.CodeTargetNotFound} {
		if r := w.call("GET", path+query, ""); r.body["code"] != code || r.body["fix"] == nil {
			t.Errorf("%s: %d %s, want %s", query, r.status, r.raw, code)
		}
	}
	if r := w.call("GET", "/api/certificates/nobody/documents?target=aks", ""); r.body["code"] != api.CodeCertificateNotFound {
		t.Errorf("of nobody: %d %s", r.status, r.raw)
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

func TestWhereACertificateIsInstalledIsNotOlderThanItsRecord(t *testing.T) {
	t.Parallel()
	const secret = "https://vault.test/secrets/shop-example-com"
	on, off := map[string][]managed.Place{secret: {{Listener: "shop-example-com-listener"}}}, map[string][]managed.Place{}
	for name, c := range map[string]struct {
		read, now map[string][]managed.Place
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

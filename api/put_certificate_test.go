package api_test

import (
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/principal"
)

const (
	putAt  = "/api/certificates/example-com"
	inUse  = `{"hostname":"example.com"},{"hostname":"www.example.com","validation":"http-01"}`
	others = `{"hostname":"new.example.com"},{"hostname":"example.com"}`
)

// ofTwo is a world that manages a certificate of two hostnames.
func ofTwo(t *testing.T, change func(*managed.Record)) *world {
	t.Helper()
	w := managedWorld(t)
	w.manages("example.com", func(r *managed.Record) {
		r.Hostnames = []string{"example.com", "www.example.com"}
		r.Validation = map[string]managed.Validation{"www.example.com": {Method: "http-01"}}
		if change != nil {
			change(r)
		}
	})
	return w
}

func TestACertificateThatIsAsWantedStartsNothing(t *testing.T) {
	t.Parallel()
	w := ofTwo(t, nil)
	for _, body := range []string{`{"hostnames":[` + inUse + `]}`, `{"hostnames":[{"hostname":"WWW.example.com","validation":"http-01"},{"hostname":"example.com"}],"removeHostnames":true}`} {
		if r := w.call("PUT", putAt, body); r.status != http.StatusOK || r.body["name"] != "example-com" || w.queue.Len() != 0 {
			t.Errorf("%s: %d %s, %d messages", body, r.status, r.raw, w.queue.Len())
		}
	}
}

func TestWantedHostnamesBecomeTheNextVersions(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"hostnames":[{"hostname":"new.example.com"},` + inUse + `]}`:                    `{"hostnames":[{"hostname":"example.com"},{"hostname":"www.example.com","validation":"http-01"},{"hostname":"new.example.com"}],"certificate":"example-com"`,
		`{"hostnames":[` + others + `],"removeHostnames":true}`:                           `{"hostnames":[{"hostname":"example.com"},{"hostname":"new.example.com"}],"certificate":"example-com","removesHostnames":true`,
		`{"hostnames":[{"hostname":"example.com"},{"hostname":"www.example.com"}]}`:       `{"hostnames":[{"hostname":"example.com"},{"hostname":"www.example.com"}],"certificate":"example-com"`,
		`{"hostnames":[{"hostname":"example.com"}],"removeHostnames":true}`:               `"removesHostnames":true`,
		`{"hostnames":[{"hostname":"*.example.com","dnsAccount":"azure"},` + inUse + `]}`: `{"hostname":"*.example.com","dnsAccount":"azure"}]`,
	} {
		w := ofTwo(t, nil)
		r := w.callWith("PUT", putAt, body, principal.Header, admin, "If-Match", `"v2"`)
		if r.status != http.StatusAccepted {
			t.Errorf("%s: %d %s", body, r.status, r.raw)
			continue
		}
		inst, err := w.store.Load(t.Context(), r.body["id"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if inst.Flow != issuance.FlowRenewCertificate || inst.Claim != "hostnames:example.com" || !strings.Contains(string(inst.Input), want) {
			t.Errorf("%s: %s %s %s", body, inst.Flow, inst.Claim, inst.Input)
		}
		if again := w.call("PUT", putAt, body); again.status != http.StatusAccepted || again.body["id"] != r.body["id"] {
			t.Errorf("%s again: %d %s", body, again.status, again.raw)
		}
		if other := w.call("PUT", putAt, `{"hostnames":[{"hostname":"third.example.com"},`+inUse+`]}`); other.status != http.StatusConflict || other.body["code"] != api.CodeCertificateBusy {
			t.Errorf("another change meanwhile: %d %s", other.status, other.raw)
		}
	}
}

// A version that is in the vault alone is not what was wanted.
func TestACertificateThatIsNotInstalledIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := ofTwo(t, func(r *managed.Record) { r.NotInstalled = true })
	if r := w.call("PUT", putAt, `{"hostnames":[`+inUse+`]}`); r.status != http.StatusAccepted {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

func TestWhatACertificateCannotBecomeIsRefused(t *testing.T) {
	t.Parallel()
	all := `{"hostnames":[` + inUse + `]}`
	for name, c := range map[string]struct {
		change      func(*managed.Record)
		body, match string
		status      int
		code, says  string
	}{
		"a hostname would go":        {nil, `{"hostnames":[` + others + `]}`, "", 409, api.CodeHostnamesWouldGo, "would lose www.example.com"},
		"the first hostname":         {nil, `{"hostnames":[{"hostname":"www.example.com"}],"removeHostnames":true}`, "", 409, api.CodeHostnameNamesCertificate, "called after example.com"},
		"another version":            {nil, all, `"v1"`, 412, api.CodeCertificateChanged, "version is v2"},
		"a retired one":              {func(r *managed.Record) { r.Retired = true }, all, "", 409, api.CodeCertificateRetired, ""},
		"an imported one":            {func(r *managed.Record) { r.Imported = true }, all, "", 409, api.CodeCertificateImported, ""},
		"a wildcard by http-01":      {nil, `{"hostnames":[{"hostname":"*.example.com","validation":"http-01"},` + inUse + `]}`, "", 400, api.CodeValidationNotValid, ""},
		"no hostname":                {nil, `{}`, "", 400, api.CodeHostnamesMissing, ""},
		"a member that is not known": {nil, `{"hostnames":[` + inUse + `],"exact":true}`, "", 400, api.CodeBodyUnknownField, ""},
	} {
		w := ofTwo(t, c.change)
		r := w.callWith("PUT", putAt, c.body, principal.Header, admin, "If-Match", c.match)
		if r.status != c.status || r.body["code"] != c.code || r.body["fix"] == nil || !strings.Contains(r.raw, c.says) || w.queue.Len() != 0 {
			t.Errorf("%s: %d %s, %d messages", name, r.status, r.raw, w.queue.Len())
		}
	}
	if r := managedWorld(t).call("PUT", putAt, all); r.status != http.StatusNotFound || r.body["code"] != api.CodeCertificateNotFound {
		t.Errorf("one that is not there: %d %s", r.status, r.raw)
	}
}

func TestWantedGatewaysAreWhereACertificateMoves(t *testing.T) {
	t.Parallel()
	onBoth := func(r *managed.Record) { r.Gateways = []string{"default", "eu"} }
	for name, c := range map[string]struct {
		change       func(*managed.Record)
		body         string
		status       int
		code, starts string
	}{
		"those that it is on":       {onBoth, `"gateways":["eu","default"]`, 200, "", ""},
		"none named":                {onBoth, ``, 200, "", ""},
		"one more":                  {nil, `"gateways":["default","eu"]`, 202, "", `"gateways":["default","eu"],"newOn":["eu"],"moves":true`},
		"another one":               {nil, `"gateways":["eu"],"removeGateways":true`, 202, "", `"gateways":["eu"],"newOn":["eu"],"leaves":["default"],"moves":true`},
		"one less":                  {onBoth, `"gateways":["default"],"removeGateways":true`, 202, "", `"leaves":["eu"],"moves":true`},
		"one less without a word":   {onBoth, `"gateways":["default"]`, 409, api.CodeGatewaysWouldGo, ""},
		"one that is not there":     {nil, `"gateways":["us"]`, 400, api.CodeGatewayNotKnown, ""},
		"one that is not installed": {func(r *managed.Record) { r.NotInstalled = true }, `"gateways":["default","eu"]`, 202, "", `"newOn":["eu"]`},
	} {
		w := ofTwo(t, c.change)
		r := w.call("PUT", putAt, strings.TrimSuffix(`{"hostnames":[`+inUse+`],`+c.body, ",")+"}")
		if r.status != c.status || c.code != "" && r.body["code"] != c.code {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
			continue
		}
		if c.starts == "" {
			continue
		}
		inst, err := w.store.Load(t.Context(), r.body["id"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(inst.Input), c.starts) || name == "one that is not installed" && strings.Contains(string(inst.Input), "moves") {
			t.Errorf("%s: %s", name, inst.Input)
		}
	}
}

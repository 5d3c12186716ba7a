package api_test

import (
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/managed"
)

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

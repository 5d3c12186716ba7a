package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"certgate/api"
)

const addSan = "/api/AddSanCertificateFunctions_HttpStart"

func san(entries ...string) string { return `{"hostnames":[` + strings.Join(entries, ",") + `]}` }

func host(name, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"hostname":%q%s}`, name, more)
}

func TestACertificateOfSeveralHostnamesStartsOneInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := san(host("Example.com", ""), host("*.example.com.", `"validation":"DNS-01","dnsAccount":"azure"`), host("example.com", ""), host("bücher.example.com", `"validation":"http-01"`))
	r := w.call("POST", addSan, body)
	if r.status != http.StatusAccepted {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	inst, err := w.store.Load(t.Context(), r.body["id"].(string))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"hostnames":[{"hostname":"example.com"},{"hostname":"*.example.com","validation":"dns-01","dnsAccount":"azure"},{"hostname":"xn--bcher-kva.example.com","validation":"http-01"}]}`
	if string(inst.Input) != want || inst.Claim != "hostnames:example.com" || inst.Flow != "AddCertificateFunctions" {
		t.Errorf("%s %s %s", inst.Flow, inst.Claim, inst.Input)
	}
	if again := w.call("POST", addSan, body); again.status != http.StatusAccepted || again.body["id"] != r.body["id"] {
		t.Errorf("the same again: %d %s", again.status, again.raw)
	}
	if other := w.call("POST", addSan, san(host("example.com", ""), host("www.example.com", ""))); other.status != http.StatusConflict || other.body["code"] != api.CodeCertificateBusy {
		t.Errorf("another one: %d %s", other.status, other.raw)
	}
}

func TestWhatOneCertificateCannotHaveIsRefusedBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var hundred []string
	for _, name := range numbered(101) {
		hundred = append(hundred, host(name, ""))
	}
	for name, c := range map[string]struct{ body, code, says string }{
		"no hostname":                  {`{}`, api.CodeHostnamesMissing, "no hostname"},
		"an unknown member":            {san(host("example.com", `"proof":"x"`)), api.CodeBodyUnknownField, "proof"},
		"an address and a port":        {san(host("192.0.2.1", ""), host("example.com", ""), host("a.example.com:80", "")), api.CodeHostnameNotValid, "hostnames[2]"},
		"a method that is none":        {san(host("example.com", `"validation":"tls-alpn-01"`)), api.CodeValidationNotValid, "tls-alpn-01"},
		"a wildcard by http-01":        {san(host("*.example.com", `"validation":"http-01"`)), api.CodeValidationNotValid, "*.example.com is a wildcard"},
		"an account for http-01":       {san(host("example.com", `"validation":"http-01","dnsAccount":"azure"`)), api.CodeValidationNotValid, "no use for"},
		"an account that is not there": {san(host("example.com", `"dnsAccount":"other"`)), api.CodeValidationNotValid, "there are azure"},
		"two wishes":                   {san(host("example.com", ""), host("example.com", `"validation":"dns-01"`)), api.CodeValidationNotValid, "twice"},
		"too many":                     {san(hundred...), api.CodeHostnamesTooMany, "101 different hostnames"},
	} {
		r := w.call("POST", addSan, c.body)
		if r.status != http.StatusBadRequest || r.body["code"] != c.code || r.body["fix"] == nil || !strings.Contains(r.raw, c.says) {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
	if w.queue.Len() != 0 {
		t.Errorf("%d messages were sent", w.queue.Len())
	}
}

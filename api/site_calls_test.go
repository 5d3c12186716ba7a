package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/managed"
	"certgate/internal/principal"
)

func TestALookAtManyHostnamesTakesAReaderAndABound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := func(n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf(`{"hostname":"h%d.example.com"}`, i))
		}
		return `{"hostnames":[` + strings.Join(names, ",") + `]}`
	}
	if r := w.callWith("POST", "/api/preflight", body(100), principal.Header, reader); r.status != http.StatusOK || len(r.body["hostnames"].([]any)) != 100 {
		t.Errorf("100: %d %.200s", r.status, r.raw)
	}
	if r := w.call("POST", "/api/preflight", body(101)); r.status != http.StatusBadRequest || r.body["code"] != api.CodeHostnamesTooMany {
		t.Errorf("101: %d %s", r.status, r.raw)
	}
	if r := w.callWith("POST", start, body(1), principal.Header, reader); r.status != http.StatusForbidden {
		t.Errorf("a reader may look, and not ask for a certificate: %d", r.status)
	}
}

func TestEachEntryThatIsRefusedIsSaidAsData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	for range 8 {
		names = append(names, `{"hostname":"localhost"}`)
	}
	names[2] = `{"hostname":"a.example.com"}`
	for _, path := range []string{"/api/AddMultipleCertificatesFunctions_HttpStart", "/api/certificates", "/api/preflight"} {
		r := w.call("POST", path, `{"hostnames":[`+strings.Join(names, ",")+`]}`)
		list, _ := r.body["refusals"].([]any)
		if r.status != http.StatusBadRequest || r.body["code"] != api.CodeHostnameNotValid || len(list) != 7 {
			t.Fatalf("%s: %d %s", path, r.status, r.raw)
		}
		if third := list[2].(map[string]any); third["index"] != 3.0 || third["detail"] == "" {
			t.Errorf("%s: %v", path, third)
		}
	}
	if r := w.call("POST", start, `{"hostnames":[{"hostname":"localhost"}]}`); len(r.body["refusals"].([]any)) != 1 {
		t.Errorf("one: %s", r.raw)
	}
}

func TestMeSaysWhoCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if r := w.callWith("GET", "/api/me", "", principal.Header, reader); r.status != 200 || r.body["name"] != "aad:rita@example.com" || r.body["role"] != "reader" {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

func TestAllCertificatesAsAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 1200 {
		w.manages(fmt.Sprintf("h%d.example.com", i), nil)
	}
	w.manages("odd.example.com", func(r *managed.Record) { r.Issuer, r.Imported = "=HYPERLINK(\"x\"), Inc", true })
	r := w.call("GET", "/api/certificates?format=csv&top=5", "")
	rows, err := csv.NewReader(strings.NewReader(r.raw)).ReadAll()
	if err != nil || len(rows) != 1202 || !strings.HasPrefix(r.header.Get("Content-Type"), "text/csv") || !strings.Contains(r.header.Get("Content-Disposition"), ".csv") {
		t.Fatalf("%d rows, %v, %v", len(rows), r.header, err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	odd := rows[len(rows)-1]
	if odd[column["name"]] != "odd-example-com" || odd[column["issuer"]][0] != '\'' || odd[column["renewal"]] != "imported" {
		t.Errorf("%q", odd)
	}
	if r := w.call("GET", "/api/certificates?format=xml", ""); r.status != http.StatusBadRequest || r.body["code"] != api.CodeQueryNotValid {
		t.Errorf("%d %s", r.status, r.raw)
	}
	if r := w.call("GET", "/api/certificates?format=csv&state=expired", ""); strings.Count(r.raw, "\n") != 1 {
		t.Errorf("the filter holds for the file too: %s", r.raw)
	}
}

func TestAReplyThatWouldSayTheSameIsEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("shop.example.com")
	w.manages("shop.example.com", nil)
	for _, path := range []string{"/api/instances", "/api/instances/" + id + "?showHistory=true", "/api/certificates"} {
		first := w.call("GET", path, "")
		tag := first.header.Get("ETag")
		again := w.callWith("GET", path, "", principal.Header, admin, "If-None-Match", `"other", W/`+tag)
		if tag == "" || again.status != http.StatusNotModified || again.raw != "" {
			t.Errorf("%s: ETag %q, then %d %s", path, tag, again.status, again.raw)
		}
	}
	tag := w.call("GET", "/api/instances/"+id, "").header.Get("ETag")
	w.call("POST", "/api/instances/"+id+"/terminate", "")
	if r := w.callWith("GET", "/api/instances/"+id, "", principal.Header, admin, "If-None-Match", tag); r.status == http.StatusNotModified {
		t.Error("what has changed is not told")
	}
}

func TestWhereAThousandChildrenStandIsFewBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf(`{"hostname":"h%d.example.com"}`, i))
	}
	r := w.call("POST", "/api/AddMultipleCertificatesFunctions_HttpStart", `{"hostnames":[`+strings.Join(names, ",")+`]}`)
	path := "/api/instances/" + r.body["id"].(string) + "/children"
	r = w.call("GET", path+"?tell=3,999", "")
	var got struct {
		Total   int
		Runtime string
		Steps   []string
		At      []int
		Told    map[string]batch.ChildStatus
	}
	if err := json.Unmarshal([]byte(r.raw), &got); err != nil || r.status != 200 {
		t.Fatalf("%d %s %v", r.status, r.raw, err)
	}
	if got.Total != 1000 || len(got.Runtime) != 1000 || len(got.At) != 1000 || got.Told["3"].Hostname != "h3.example.com" || got.Told["999"].Hostname != "h999.example.com" || len(r.raw) > 5_000 {
		t.Errorf("%d bytes: %.300s", len(r.raw), r.raw)
	}
	for _, bad := range []string{"x", "-1", strings.Repeat("1,", 100) + "1"} {
		if r := w.call("GET", path+"?tell="+bad, ""); r.status != http.StatusBadRequest {
			t.Errorf("tell=%s: %d", bad, r.status)
		}
	}
}

func TestAHostnameIsSeenFromAllSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.manages("shop.example.com", nil)
	w.manages("wild", func(r *managed.Record) { r.Name, r.Hostnames = "wildcard-example-com", []string{"*.example.com"} })
	id := w.started("shop.example.com")
	leaf := selfSigned(t, "shop.example.com")
	w.gateway.chain = [][]byte{leaf}
	r := w.callWith("GET", "/api/hostnames/SHOP.example.com", "", principal.Header, reader)
	if r.status != 200 || r.body["hostname"] != "shop.example.com" || len(r.body["certificates"].([]any)) != 1 || !strings.Contains(r.raw, id) {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	if served := r.body["served"].(map[string]any); served["covers"] != true || served["managed"] != false {
		t.Errorf("%v", served)
	}
	w.gateway.chain = nil
	r = w.call("GET", "/api/hostnames/other.example.com", "")
	if served, there := r.body["served"]; served != nil || !there || len(r.body["certificates"].([]any)) != 1 {
		t.Errorf("a wildcard holds for it, and nothing is served: %s", r.raw)
	}
	if r := w.call("GET", "/api/hostnames/localhost", ""); r.status != 400 || r.body["code"] != api.CodeHostnameNotValid {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

func TestPortalLinksAreForAzureOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := w.manages("a.example.com", func(r *managed.Record) { r.SecretID = "https://kv-prod.vault.azure.net/secrets/a-example-com" })
	for _, path := range []string{"/api/certificates/" + name, "/api/hostnames/a.example.com"} {
		portal, _ := w.call("GET", path, "").body["portal"].(map[string]any)
		if portal["certificate"] != "https://portal.azure.com/#@contoso/asset/Microsoft_Azure_KeyVault/Certificate/https://kv-prod.vault.azure.net/certificates/a-example-com" ||
			portal["gateway"] != "https://portal.azure.com/#@contoso/resource/subscriptions/s/gw/listeners" {
			t.Errorf("%s: %v", path, portal)
		}
	}
	for _, path := range []string{"/api/certificates/" + w.manages("b.example.com", nil), "/api/hostnames/b.example.com"} {
		if r := w.call("GET", path, ""); strings.Contains(r.raw, "portal") {
			t.Errorf("%s: %s", path, r.raw)
		}
	}
}

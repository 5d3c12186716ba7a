package armsim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"certgate/localstack/armsim"
	"certgate/localstack/dnssim"
	"certgate/localstack/recorded"
)

func dnsZone(t *testing.T, b *bench) (id string, zone *dnssim.Zone) {
	t.Helper()
	world := dnssim.New(dnssim.Options{})
	t.Cleanup(world.Close)
	zone = world.AddZone("myzone.com", "ns1-08.azure-dns.test", "ns2-08.azure-dns.test")
	return b.sim.AddDNSZone("rg", zone), zone
}

const oneText = `{"properties":{"TTL":3600,"TXTRecords":[{"value":["some_text"]}]}}`

func text(t *testing.T, body string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADNSZoneAnswersAsItWasRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t, armsim.Options{})
	id, zone := dnsZone(t, b)
	set := id + "/TXT/myrstxt?api-version=2018-05-01"
	if made := b.call(t, http.MethodPut, set, text(t, oneText), "If-None-Match", "*"); made.StatusCode != http.StatusCreated {
		t.Fatalf("created with %d", made.StatusCode)
	}
	recorded.Check(t, "dns-txt-recordset-get", b.call(t, http.MethodGet, set, nil), requestID)
	recorded.Check(t, "dns-recordset-412-if-none-match", b.call(t, http.MethodPut, set, text(t, oneText), "If-None-Match", "*"), requestID)
	recorded.Check(t, "dns-recordset-412-if-match", b.call(t, http.MethodPut, set, text(t, oneText), "If-Match", "ab178df8-foo"), requestID)

	got := b.call(t, http.MethodGet, set, nil)
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	if etag := got.Header.Get("Etag"); strings.ContainsAny(etag, `"/`) || !strings.Contains(string(raw), `"etag":"`+etag+`"`) {
		t.Errorf("the ETag is %s, the body %s", etag, raw)
	}
	if !strings.Contains(string(raw), `\/TXT\/myrstxt`) {
		t.Errorf("slashes are not escaped: %s", raw)
	}
	if values, ttl := zone.TXT("myrstxt.myzone.com"); len(values) != 1 || values[0] != "some_text" || ttl != 3600 {
		t.Errorf("name servers show %q for %d s", values, ttl)
	}
}

func TestADNSZoneRefusesAsTheServiceDoes(t *testing.T) {
	t.Parallel()
	b := newBench(t, armsim.Options{})
	id, zone := dnsZone(t, b)
	zone.Add("alias CNAME elsewhere.example.")
	long := text(t, oneText)
	long["properties"].(map[string]any)["TXTRecords"] = make([]struct {
		Value []string `json:"value"`
	}, 21)
	for _, tc := range []struct {
		method, path string
		body         document
		status       int
		code         string
		flat         bool
	}{
		{http.MethodGet, id + "/TXT/none", nil, 404, "NotFound", true},
		{http.MethodPut, id + "/TXT/alias", text(t, oneText), 409, "Conflict", true},
		{http.MethodPut, id + "/TXT/many", long, 400, "BadRequest", true},
		{http.MethodGet, strings.Replace(id, "myzone.com", "gone.com", 1), nil, 404, "ResourceNotFound", false},
		{http.MethodPut, strings.Replace(id, "myzone.com", "gone.com", 1) + "/TXT/x", text(t, oneText), 404, "ParentResourceNotFound", false},
		{http.MethodDelete, id + "/TXT/none", nil, 204, "", false},
		{http.MethodPut, id + "/TXT/empty", text(t, `{"properties":{"TTL":1,"TXTRecords":[]}}`), 201, "", false},
	} {
		reply := b.call(t, tc.method, tc.path+"?api-version=2018-05-01", tc.body)
		var got struct {
			Code  string
			Error struct{ Code string }
		}
		_ = json.NewDecoder(reply.Body).Decode(&got) // some have no body
		code := got.Error.Code
		if tc.flat {
			code = got.Code
		}
		if reply.StatusCode != tc.status || code != tc.code {
			t.Errorf("%s %s: %d %+v", tc.method, tc.path, reply.StatusCode, got)
		}
	}
}

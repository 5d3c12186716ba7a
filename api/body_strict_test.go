package api_test

import (
	"strings"
	"testing"

	"certgate/api"
)

// Readers differ about a body that says two things; here nobody reads it.
func TestABodyThatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct{ path, body, code, says string }{
		"a member twice":              {start, `{"hostnames":[{"hostname":"a.example.com"}],"hostnames":[{"hostname":"b.example.com"}]}`, api.CodeBodyRepeatedField, `\"hostnames\" twice`},
		"an inner member twice":       {start, `{"hostnames":[{"hostname":"a.example.com","hostname":"b.example.com"}]}`, api.CodeBodyRepeatedField, `\"hostname\" twice`},
		"twice in another case":       {start, `{"hostnames":[{"hostname":"a.example.com","HostName":"b.example.com"}]}`, api.CodeBodyRepeatedField, `\"HostName\" twice`},
		"twice with a long s":         {start, `{"hostnames":[{"hostname":"a.example.com","hoſtname":"b.example.com"}]}`, api.CodeBodyRepeatedField, "twice"},
		"twice by an escape":          {start, `{"hostnames":[{"hostname":"a.example.com","\u0068ostname":"b.example.com"}]}`, api.CodeBodyRepeatedField, "twice"},
		"twice, the second one empty": {start, `{"hostnames":[{"hostname":"a.example.com"}],"Hostnames":[{}]}`, api.CodeBodyRepeatedField, "twice"},
		"a key twice":                 {importRoute, `{"hostname":"shop.example.com","privatekey":"a","privateKey":"b"}`, api.CodeBodyRepeatedField, `\"privateKey\" twice`},
		"another spelling":            {start, `{"host_names":[{"hostname":"a.example.com"}]}`, api.CodeBodyUnknownField, `\"host_names\"`},
		"half a surrogate pair":       {start, `{"hostnames":[{"hostname":"\ud800.example.com"}]}`, api.CodeBodyNotJSON, "not JSON"},
		"Latin-1":                     {start, "{\"hostnames\":[{\"hostname\":\"b\xfccher.example.com\"}]}", api.CodeBodyNotJSON, "not UTF-8"},
		"UTF-16":                      {start, "\xff\xfe{\x00}\x00", api.CodeBodyNotJSON, "not UTF-8"},
		"two byte order marks":        {start, "\ufeff\ufeff{}", api.CodeBodyNotJSON, "not JSON"},
		"a long unknown member":       {start, `{"` + strings.Repeat("x", 100_000) + `":1}`, api.CodeBodyUnknownField, strings.Repeat("x", 80) + "…"},
	} {
		r := w.call("POST", c.path, c.body)
		if r.status != 400 || r.body["code"] != c.code || !strings.Contains(r.raw, c.says) || len(r.raw) > 1000 || r.body["fix"] == "" {
			t.Errorf("%s: %d %.500s, want %s with %q", name, r.status, r.raw, c.code, c.says)
		}
	}
	if w.queue.Len() != 0 {
		t.Errorf("%d messages were sent", w.queue.Len())
	}
	// The same name in two objects is no repetition.
	if r := w.call("POST", "/api/AddMultipleCertificatesFunctions_HttpStart", `{"hostnames":[{"hostname":"a.example.com"},{"hostname":"b.example.com"}]}`); r.status != 202 {
		t.Errorf("two hostnames: %d %s", r.status, r.raw)
	}
}

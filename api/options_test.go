package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

const several = "/api/AddMultipleCertificatesFunctions_HttpStart"

func TestOptionsAreOfEachCallThatOrders(t *testing.T) {
	t.Parallel()
	one, two := `{"hostnames":[{"hostname":"example.com"}]`, `{"hostnames":[{"hostname":"example.com"},{"hostname":"www.example.com"}]`
	for call, body := range map[string]string{start: one, "/api/certificates": one, several: two, addSan: two} {
		for sent, want := range map[string]managed.Options{
			`{"keyType":"ec-p384","reuseKey":true}`: {KeyType: "EC-P384", ReuseKey: true},
			`{"profile":"shortlived"}`:              {Issuer: "default", Profile: "shortlived"}, // the only one that is asked
			`{"issuer":"letsencrypt","profile":"of one that is away","preferredChain":"ISRG Root X1"}`: {},
			`{"issuer":"letsencrypt","profile":"tlsserver","preferredChain":"ISRG Root X1"}`:           {Issuer: "letsencrypt", Profile: "tlsserver", PreferredChain: "ISRG Root X1"},
			`{}`: {},
		} {
			w := newWorld(t)
			r := w.call("POST", call, body+`,"options":`+sent+`}`)
			if strings.Contains(sent, "away") {
				if r.status != http.StatusBadRequest || r.body["code"] != api.CodeOptionsNotValid {
					t.Errorf("%s %s: %d %s", call, sent, r.status, r.raw)
				}
				continue
			}
			if r.status != http.StatusAccepted {
				t.Errorf("%s %s: %d %s", call, sent, r.status, r.raw)
				continue
			}
			inst, err := w.store.Load(t.Context(), r.body["id"].(string))
			if err != nil {
				t.Fatal(err)
			}
			var in issuance.Input
			if err := json.Unmarshal(inst.Input, &in); err != nil || in.Options != want {
				t.Errorf("%s %s: the instance has %s", call, sent, inst.Input)
			}
			if again := w.call("POST", call, body+`,"options":`+sent+`}`); again.body["id"] != r.body["id"] {
				t.Errorf("%s %s again: %d %s", call, sent, again.status, again.raw)
			}
			if other := w.call("POST", call, body+`,"options":{"keyType":"RSA-4096"}}`); other.status != http.StatusConflict || other.body["code"] != api.CodeCertificateBusy {
				t.Errorf("%s %s, then others: %d %s", call, sent, other.status, other.raw)
			}
		}
	}
}

func TestOptionsThatCannotBeHadAreRefusedBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := ofTwo(t, nil)
	for sent, says := range map[string]string{
		`{"keyType":"RSA-1024"}`:                         "Ask for RSA-2048",
		`{"keyType":"EC-HSM"}`:                           "never leaves Key Vault",
		`{"issuer":"zerossl"}`:                           "no issuer \\\"zerossl\\\"",
		`{"profile":"long"}`:                             "Name one of classic, shortlived",
		`{"profile":"a b"}`:                              "not the name of a certificate profile",
		`{"issuer":"letsencrypt","keyType":"EC-P521"}`:   "signs no EC-P521 keys",
		`{"preferredChain":"` + repeated("x", 65) + `"}`: "up to 64 characters",
		`{"issuer":"letsencrypt","keyType":"RSA-2048","reuseKey":true,"profile":"` + repeated("p", 64) + `","preferredChain":"` + repeated("c", 64) + `"}`: "in a tag",
	} {
		for method, path := range map[string]string{"POST": addSan, "PUT": putAt} {
			r := w.call(method, path, `{"hostnames":[`+inUse+`],"options":`+sent+`}`)
			if r.status != http.StatusBadRequest || r.body["code"] != api.CodeOptionsNotValid || r.body["fix"] == nil || !strings.Contains(r.raw, says) {
				t.Errorf("%s %s: %d %s", method, sent, r.status, r.raw)
			}
		}
	}
	if r := w.call("POST", addSan, `{"hostnames":[`+inUse+`],"options":{"curve":"P-256"}}`); r.body["code"] != api.CodeBodyUnknownField {
		t.Errorf("a member that is not known: %d %s", r.status, r.raw)
	}
	if r := w.call("POST", addSan, san(numberedHosts(26)...)[:len(san(numberedHosts(26)...))-1]+`,"options":{"profile":"shortlived"}}`); r.body["code"] != api.CodeHostnamesTooMany || !strings.Contains(r.raw, "takes 25") {
		t.Errorf("26 hostnames of a short profile: %d %s", r.status, r.raw)
	}
	w.wantNothingStored()
}

func repeated(s string, n int) string { return strings.Repeat(s, n) }

func numberedHosts(n int) (entries []string) {
	for _, name := range numbered(n) {
		entries = append(entries, host(name, ""))
	}
	return entries
}

func TestOtherOptionsAreAReasonForTheNextVersion(t *testing.T) {
	t.Parallel()
	has := managed.Options{KeyType: "EC-P256"}
	for options, starts := range map[string]string{
		``:                                 "", // without a word they stay
		`,"options":{"keyType":"EC-P256"}`: "",
		`,"options":{"keyType":"EC-P384"}`: `"options":{"keyType":"EC-P384"}`,
		`,"options":{}`:                    `"reason":"Its options were changed by aad:ann@example.com."`,
		`,"options":{"keyType":"EC-P256","reuseKey":true}`: `"options":{"keyType":"EC-P256","reuseKey":true}`,
	} {
		w := ofTwo(t, func(r *managed.Record) { r.Options = has })
		r := w.call("PUT", putAt, `{"hostnames":[`+inUse+`]`+options+`}`)
		if starts == "" {
			if r.status != http.StatusOK || !strings.Contains(r.raw, `"options":{"keyType":"EC-P256"}`) || w.queue.Len() != 0 {
				t.Errorf("%s: %d %s", options, r.status, r.raw)
			}
			continue
		}
		if r.status != http.StatusAccepted {
			t.Errorf("%s: %d %s", options, r.status, r.raw)
			continue
		}
		inst, err := w.store.Load(t.Context(), r.body["id"].(string))
		if err != nil || !strings.Contains(string(inst.Input), starts) {
			t.Errorf("%s: %v %s", options, err, inst.Input)
		}
	}
}

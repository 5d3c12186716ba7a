package acmeca_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/issuance"
)

func TestTheDirectoryIsFound(t *testing.T) {
	t.Parallel()
	good := []answer{{status: 200, body: plainDirectory}}
	for _, c := range []struct {
		name, endpoint string
		answers        map[string][]answer
		class, words   string
	}{
		{"base with /directory", "%s", nil, "none", ""},
		{"base with a slash", "%s/", nil, "none", ""},
		{"base with /dir", "%s", map[string][]answer{"/directory": {{status: 404}}, "/dir": good}, "none", ""},
		{"base with a web page at /directory", "%s", map[string][]answer{"/directory": {{status: 200, body: html}}, "/dir": good}, "none", ""},
		{"URL with a path of its own", "%s/v2/DV90", map[string][]answer{"/v2/DV90": good}, "none", ""},
		{"URL with a path that is wrong", "%s/v2/DV91", nil, issuance.CodeOrderRefused, "/v2/DV91 (status 404)"},
		{"nothing at all", "%s", map[string][]answer{"/directory": {{status: 404}}}, issuance.CodeOrderRefused, "/dir (status 404)"},
		{"JSON without newOrder", "%s/dir", map[string][]answer{"/dir": {{status: 200, body: `{"newNonce":"x","newAccount":"y"}`}}}, issuance.CodeOrderRefused, "no newOrder"},
		{"maintenance page", "%s/dir", map[string][]answer{"/dir": {{status: 200, body: html}}}, "trouble", "not a directory"},
		{"down", "%s", map[string][]answer{"/directory": {{status: 503, body: html}}, "/dir": good}, "trouble", "status 503"},
		{"not https", "http://ca.test", nil, issuance.CodeOrderRefused, "not an https URL"},
		{"not a URL", "ca.test", nil, issuance.CodeOrderRefused, "not an https URL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			odd := startOddCA(t, c.answers)
			ca := acmeca.New(acmeca.Config{Endpoint: odd.fill(c.endpoint), Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: odd.Client().Transport})
			_, err := ca.Identity(t.Context())
			if name, _, public := class(err); name != c.class || !strings.Contains(public, c.words) {
				t.Errorf("%s: %s (%v)", name, public, err)
			}
		})
	}
}

func TestTheDirectoryIsReadOnceAnHour(t *testing.T) {
	t.Parallel()
	withoutProfiles := strings.ReplaceAll(plainDirectory, `"profiles"`, `"other"`)
	odd := startOddCA(t, map[string][]answer{
		"/directory": {{status: 200, body: plainDirectory}, {status: 503}, {status: 200, body: withoutProfiles}},
		"/order":     {{status: 201, location: "%s/o/1", body: `{"status":"pending","identifiers":[{"type":"dns","value":"a.test"}]}`}},
	})
	var clock atomic.Int64
	ca := acmeca.New(acmeca.Config{
		Endpoint: odd.URL, Profile: "short", Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: odd.Client().Transport,
		Clock: func() time.Time { return now.Add(time.Duration(clock.Load())) },
	})
	for _, c := range []struct {
		at    time.Duration
		class string
		reads int
	}{
		{0, "none", 1},
		{59 * time.Minute, "none", 1},
		{61 * time.Minute, "none", 2}, // 503: the old one stays in use
		{61*time.Minute + 30*time.Second, "none", 2},
		{63 * time.Minute, issuance.CodeOrderRefused, 3}, // the profile is gone
	} {
		clock.Store(int64(c.at))
		_, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
		if name, _, _ := class(err); name != c.class || odd.read("/directory") != c.reads {
			t.Errorf("at %s: %v after %d reads", c.at, err, odd.read("/directory"))
		}
	}
	for _, sent := range odd.signed("/order") {
		if !strings.Contains(sent, `"profile":"short"`) {
			t.Errorf("order without the profile: %s", sent)
		}
	}
}

func TestANonceIsUsedOnceAndNotWhenOld(t *testing.T) {
	t.Parallel()
	odd := startOddCA(t, map[string][]answer{"/o/1": {
		{status: 400, body: problem("badNonce", "not that one")},
		{status: 200, body: `{"status":"pending"}`, noNonce: true},
		{status: 200, body: `{"status":"pending"}`},
	}})
	var clock atomic.Int64
	ca := acmeca.New(acmeca.Config{
		Endpoint: odd.URL, Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: odd.Client().Transport,
		Clock: func() time.Time { return now.Add(time.Duration(clock.Load())) },
	})
	for _, c := range []struct {
		at    time.Duration
		asked int // requests for a nonce so far
	}{{0, 0}, {time.Minute, 1}, {2 * time.Minute, 1}, {20 * time.Minute, 2}, {21 * time.Minute, 2}} {
		clock.Store(int64(c.at))
		if _, err := ca.Order(t.Context(), odd.URL+"/o/1"); err != nil {
			t.Fatal(err)
		}
		if asked := odd.read("/nonce"); asked != c.asked {
			t.Errorf("at %s asked for %d nonces, want %d", c.at, asked, c.asked)
		}
	}
	for nonce, uses := range odd.nonces {
		if nonce == "" || uses != 1 {
			t.Errorf("nonce %q was used %d times", nonce, uses)
		}
	}
}

package acmeca_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/renewal"
)

// machineOn is a CA with the system's trust roots and connections of its own.
func machineOn(endpoint string) *acmeca.CA {
	return acmeca.New(acmeca.Config{Endpoint: endpoint, Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}})
}

func TestTheNextLookIsTheOneThatTheAuthorityWants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		want   time.Duration
	}{
		{"", 0},
		{"3", 3 * time.Second},
		{"-3", 0},
		{"Wed, 04 Mar 2026 05:06:17 GMT", 10 * time.Second},
		{"Wed, 04 Mar 2026 05:06:00 GMT", 0},
		{"86400", time.Hour},
		{"later", 0},
	} {
		t.Run(c.header, func(t *testing.T) {
			t.Parallel()
			odd := startOddCA(t, map[string][]answer{
				"/o/1": {{status: 200, retryAfter: c.header, body: `{"status":"processing"}`}},
				"/a/1": {{status: 200, retryAfter: c.header, body: `{"status":"pending","identifier":{"type":"dns","value":"a.test"}}`}},
			})
			ca := odd.client()
			order, err := ca.Order(t.Context(), odd.URL+"/o/1")
			if err != nil || order.Status != "processing" || order.RetryAfter != c.want {
				t.Errorf("order %+v, %v", order, err)
			}
			authz, err := ca.Authorization(t.Context(), odd.URL+"/a/1")
			if err != nil || authz.RetryAfter != c.want || authz.Challenge.URL != "" {
				t.Errorf("authorization %+v, %v", authz, err)
			}
		})
	}
}

func TestAnOrderWhoseReplyWasCutOffIsNotLost(t *testing.T) {
	t.Parallel()
	const order = `{"status":"pending","finalize":"%s/f/1","identifiers":[{"type":"dns","value":"a.test"}]}`
	odd := startOddCA(t, map[string][]answer{
		"/order": {{status: 201, location: "%s/o/1", body: order[:40]}},
		"/o/1":   {{status: 200, body: order}},
	})
	got, err := odd.client().NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
	if err != nil || got.URL != odd.URL+"/o/1" || got.FinalizeURL != odd.URL+"/f/1" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnOrderWithOtherNamesIsRefused(t *testing.T) {
	t.Parallel()
	const order = `{"status":"pending","identifiers":[{"type":"dns","value":"www.a.test"}]}`
	odd := startOddCA(t, map[string][]answer{
		"/order": {{status: 201, location: "%s/o/1", body: order}},
		"/o/1":   {{status: 200, body: order}},
	})
	_, err := odd.client().NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
	wantFailure(t, err, issuance.CodeOrderRefused, "from a.test to www.a.test")
	if n := len(odd.signed("/order")); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func TestAnOrderThatTurnsInvalidAtFinalizeShowsWhy(t *testing.T) {
	t.Parallel()
	odd := startOddCA(t, map[string][]answer{
		"/f/1": {{status: 200, body: `{"status":"invalid","error":` + problem("caa", "forbidden") + `}`}},
		"/o/1": {{status: 200, body: `{"status":"invalid","error":` + problem("caa", "forbidden") + `}`}},
	})
	order, err := odd.client().Finalize(t.Context(), issuance.Order{URL: odd.URL + "/o/1", FinalizeURL: odd.URL + "/f/1"}, newCSR(t, "a.test"))
	if err != nil || order.Status != "invalid" || order.Problem == nil || *order.Problem != (issuance.Problem{Type: "caa", Detail: "forbidden"}) {
		t.Errorf("%+v, %v", order, err)
	}
}

func TestATokenThatIsNoFileNameIsNotHandedOn(t *testing.T) {
	t.Parallel()
	odd := startOddCA(t, map[string][]answer{"/a/1": {{status: 200, body: `{"status":"pending","identifier":{"type":"dns","value":"a.test"},
		"challenges":[{"type":"http-01","url":"%s/c/1","status":"pending","token":"../index"}]}`}}})
	_, err := odd.client().Authorization(t.Context(), odd.URL+"/a/1")
	if name, _, _ := class(err); name != "trouble" {
		t.Errorf("got %v", err)
	}
}

func TestAChallengeThatIsRefusedWhilePendingIsNotAnswered(t *testing.T) {
	t.Parallel()
	odd := startOddCA(t, map[string][]answer{"/c/1": {
		{status: 400, body: problem("malformed", "no")},
		{status: 200, body: `{"type":"http-01","status":"pending"}`},
		{status: 400, body: problem("malformed", "no")},
		{status: 200, body: `{"type":"http-01","status":"processing"}`},
	}})
	ca := odd.client()
	wantFailure(t, ca.Answer(t.Context(), odd.URL+"/c/1"), issuance.CodeOrderRefused, "no.")
	if err := ca.Answer(t.Context(), odd.URL+"/c/1"); err != nil {
		t.Errorf("somebody else has answered it: %v", err)
	}
}

func TestReplacesIsDroppedIfTheAuthorityRefusesIt(t *testing.T) {
	t.Parallel()
	odd := startOddCA(t, map[string][]answer{"/order": {
		{status: 404, body: problem("malformed", "no certificate with this serial")},
		{status: 201, location: "%s/o/1", body: `{"status":"pending","identifiers":[{"type":"dns","value":"a.test"}]}`},
	}})
	order, err := odd.client().NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}, Replaces: "aaaa.bbbb"})
	sent := odd.signed("/order")
	if err != nil || order.Replaces != "" || order.NotReplaced != "It says: no certificate with this serial." || len(sent) != 2 || !strings.Contains(sent[0], `"replaces":"aaaa.bbbb"`) || strings.Contains(sent[1], "replaces") {
		t.Errorf("%+v, %v, sent %v", order, err, sent)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	odd := startOddCA(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ca := acmeca.New(acmeca.Config{Endpoint: odd.URL, Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.URL.Path != "/o/1" {
			return odd.Client().Transport.RoundTrip(req)
		}
		cancel() // while the request is on its way
		<-req.Context().Done()
		return nil, req.Context().Err()
	})})
	if _, err := ca.Order(ctx, odd.URL+"/o/1"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := ca.Order(ctx, odd.URL+"/o/1"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that is over before it starts: %v", err)
	}
}

func TestRenewalInfoThatMakesNoSenseIsNone(t *testing.T) {
	t.Parallel()
	const path = "/renewal-info/AQ.Ag"
	const good = `{"suggestedWindow":{"start":"2026-05-01T00:00:00Z","end":"2026-05-02T00:00:00Z"},"explanationURL":"https://ca.test/why"}`
	for _, c := range []struct {
		name   string
		answer answer
		class  string
		again  time.Duration
	}{
		{"a window", answer{status: 200, retryAfter: "7200", body: good}, "none", 2 * time.Hour},
		{"a window without a next look", answer{status: 200, body: good}, "none", 6 * time.Hour},
		{"a window to be looked at all the time", answer{status: 200, retryAfter: "1", body: good}, "none", time.Minute},
		{"a window to be looked at once a year", answer{status: 200, retryAfter: "31536000", body: good}, "none", 24 * time.Hour},
		{"a problem with status 200", answer{status: 200, body: problem("malformed", "x")}, "no information", 6 * time.Hour},
		{"a window that ends first", answer{status: 200, body: `{"suggestedWindow":{"start":"2026-05-02T00:00:00Z","end":"2026-05-01T00:00:00Z"}}`}, "no information", 6 * time.Hour},
		{"HTML", answer{status: 200, body: html}, "no information", 6 * time.Hour},
		{"404", answer{status: 404, body: problem("malformed", "x")}, "no information", 6 * time.Hour},
		{"500", answer{status: 500, body: problem("serverInternal", "x")}, "trouble", 0},
		{"a rate limit", answer{status: 429, retryAfter: "60", body: problem("rateLimited", "x")}, "later", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			odd := startOddCA(t, map[string][]answer{path: {c.answer}})
			window, again, err := odd.client().RenewalInfo(t.Context(), "AQ.Ag")
			name, _, _ := class(err)
			if errors.Is(err, renewal.ErrNoInfo) {
				name = "no information"
			}
			if name != c.class || again != c.again {
				t.Errorf("%v (%s), again after %s", err, name, again)
			}
			if found := err == nil; found != (window.End.After(window.Start) && window.ExplanationURL == "https://ca.test/why") {
				t.Errorf("window %+v", window)
			}
		})
	}
}

// Some authorities write references where others write URLs, and a mark before
// their JSON.
func TestReferencesAreResolvedAndAMarkBeforeJSONIsNoFault(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	odd := startOddCA(t, map[string][]answer{
		"/directory": {{status: 200, body: mark + `{"newNonce":"/nonce","newAccount":"account","newOrder":"/order","revokeCert":"/revoke"}`}},
		"/account":   {{status: 201, location: "account/1", body: mark + `{"status":"valid"}`}},
		"/order": {{status: 201, location: "/orders/7", body: mark + `{"status":"pending","identifiers":[{"type":"dns","value":"a.test"}],
			"authorizations":["/authz/1"],"finalize":"orders/7/finalize"}`}},
		"/orders/7": {{status: 200, body: mark + `{"status":"valid","identifiers":[{"type":"dns","value":"a.test"}],
			"authorizations":["../authz/1"],"finalize":"7/finalize","certificate":"../certificates/7"}`}},
		"/authz/1": {{status: 200, body: mark + `{"status":"pending","identifier":{"type":"dns","value":"a.test"},
			"challenges":[{"type":"http-01","url":"../challenges/1","token":"abc","status":"pending"}]}`}},
	})
	ca := odd.client()
	placed, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
	if err != nil {
		t.Fatal(err)
	}
	if placed.URL != odd.URL+"/orders/7" || placed.FinalizeURL != odd.URL+"/orders/7/finalize" || len(placed.Authorizations) != 1 || placed.Authorizations[0] != odd.URL+"/authz/1" {
		t.Errorf("placed: %+v", placed)
	}
	read, err := ca.Order(t.Context(), placed.URL)
	if err != nil {
		t.Fatal(err)
	}
	if read.FinalizeURL != placed.FinalizeURL || read.CertificateURL != odd.URL+"/certificates/7" || read.Authorizations[0] != placed.Authorizations[0] {
		t.Errorf("read: %+v", read)
	}
	authorization, err := ca.Authorization(t.Context(), read.Authorizations[0])
	if err != nil || authorization.Challenge.URL != odd.URL+"/challenges/1" {
		t.Errorf("authorization: %+v, %v", authorization, err)
	}
}

// What stands in a chain and is not a well-formed block is never left out in silence.
func TestADamagedChainOfTheAuthorityIsNamed(t *testing.T) {
	t.Parallel()
	one := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: startOddCA(t, nil).Certificate().Raw}))
	chain := one + one
	for name, c := range map[string]struct {
		body, says string
		want       int
	}{
		"well-formed":      {chain, "", 2},
		"a lost dash":      {chain + chain[1:], `"----BEGIN CERTIFICATE-----"`, 0},
		"base64 behind it": {chain + strings.Repeat("QUJD", 20), "base64 outside of the blocks", 0},
		"cut off":          {chain[:len(chain)-40], "damaged or cut off", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			odd := startOddCA(t, map[string][]answer{"/certificate": {{status: 200, body: c.body}}})
			got, err := odd.client().Chain(t.Context(), odd.URL+"/certificate", "")
			_, _, public := class(err)
			if len(got) != c.want || !strings.Contains(public, c.says) || c.says != "" && !strings.Contains(public, "sent is damaged") {
				t.Errorf("%d certificates, %q", len(got), public)
			}
		})
	}
}

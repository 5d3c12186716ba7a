package acmeca_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/issuance"
	"certgate/localstack/waittest"
)

func TestACertificateIsIssuedStepByStepWithFewRequests(t *testing.T) {
	t.Parallel()
	secret := &acmecatest.Secret{}
	ca, w := machine(startPebble(t, pebbleOptions{}), secret, &acmecatest.Locks{})
	issue(t, ca, issuance.OrderRequest{Hostnames: []string{"warm-up.test"}})

	before := len(w.seen(""))
	ctx := t.Context()
	order := must[issuance.Order](t)(ca.NewOrder(ctx, issuance.OrderRequest{Hostnames: []string{"shop.test"}}))
	if order.Status != "pending" || order.URL == "" || order.FinalizeURL == "" || time.Until(order.Expires) < time.Hour {
		t.Fatalf("new order: %+v", order)
	}
	authz := must[issuance.Authorization](t)(ca.Authorization(ctx, order.Authorizations[0]))
	if authz.Hostname != "shop.test" || authz.Challenge.Status != "pending" || !strings.HasPrefix(authz.Challenge.KeyAuthorization, authz.Challenge.Token+".") {
		t.Fatalf("new authorization: %+v", authz)
	}
	if err := ca.Answer(ctx, authz.Challenge.URL); err != nil {
		t.Fatal(err)
	}
	polls := 0
	until := func(status string) (o issuance.Order) {
		waittest.Until(t, time.Minute, status, func() bool {
			polls++
			o = must[issuance.Order](t)(ca.Order(ctx, order.URL))
			return o.Status == status
		})
		return o
	}
	until("ready")
	csr := newCSR(t, "shop.test")
	must[issuance.Order](t)(ca.Finalize(ctx, order, csr))
	chain := must[[][]byte](t)(ca.Chain(ctx, until("valid").CertificateURL, ""))

	leaf := must[*x509.Certificate](t)(x509.ParseCertificate(chain[0]))
	request := must[*x509.CertificateRequest](t)(x509.ParseCertificateRequest(csr))
	if len(chain) < 2 || leaf.VerifyHostname("shop.test") != nil || fmt.Sprint(leaf.PublicKey) != fmt.Sprint(request.PublicKey) {
		t.Errorf("chain of %d, leaf for %v", len(chain), leaf.DNSNames)
	}
	// Five requests do the work; one for each look at the order comes on top.
	if sent := len(w.seen("")) - before; sent-polls > 5 || sent > 12 && polls <= 7 {
		t.Errorf("%d requests for a certificate with %d looks at the order: %v", sent, polls, w.seen("")[before:])
	}
	for _, member := range []string{`"directory":"https://`, `"accountUrl":"https://`, `"privateKey":"-----BEGIN PRIVATE KEY-----`, `"contact":["mailto:ops@example.test"]`} {
		if !strings.Contains(secret.Text(), member) {
			t.Errorf("the secret lacks %s", member)
		}
	}
}

func TestACertificateIsIssuedByAnAuthorityThatRefusesHalfOfItsNonces(t *testing.T) {
	t.Parallel()
	ca, _ := machine(startPebble(t, pebbleOptions{nonceReject: 50}), &acmecatest.Secret{}, &acmecatest.Locks{})
	order, chain := issue(t, ca, issuance.OrderRequest{Hostnames: []string{"a.test"}})
	if len(chain) < 2 || len(order.Authorizations) != 1 {
		t.Errorf("order %+v with a chain of %d", order, len(chain))
	}
}

func TestTheAuthorityFetchesTheValidationFile(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{validates: true})
	var files sync.Map
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := files.Load(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, content.(string))
	}))
	server.Listener.Close()
	server.Listener = must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(p.httpPort)))
	server.Start()
	t.Cleanup(server.Close)
	ca, _ := machine(p, &acmecatest.Secret{}, &acmecatest.Locks{})
	ctx := t.Context()

	present := func(host, prefix string) (order issuance.Order, authz issuance.Authorization) {
		order = must[issuance.Order](t)(ca.NewOrder(ctx, issuance.OrderRequest{Hostnames: []string{host}}))
		authz = must[issuance.Authorization](t)(ca.Authorization(ctx, order.Authorizations[0]))
		files.Store("/.well-known/acme-challenge/"+authz.Challenge.Token, prefix+authz.Challenge.KeyAuthorization)
		if err := ca.Answer(ctx, authz.Challenge.URL); err != nil {
			t.Fatal(err)
		}
		waittest.Until(t, time.Minute, "challenge is decided", func() bool {
			authz = must[issuance.Authorization](t)(ca.Authorization(ctx, authz.URL))
			return authz.Status != "pending"
		})
		return must[issuance.Order](t)(ca.Order(ctx, order.URL)), authz
	}

	order, authz := present("right.test", "")
	if order.Status != "ready" || authz.Status != "valid" || authz.Challenge.Problem != nil {
		t.Errorf("right file: order %+v, authorization %+v", order, authz)
	}
	if err := ca.Answer(ctx, authz.Challenge.URL); err != nil {
		t.Errorf("answering a second time: %v", err)
	}
	if err := ca.Deactivate(ctx, authz.URL); err != nil {
		t.Error(err)
	}
	if authz = must[issuance.Authorization](t)(ca.Authorization(ctx, authz.URL)); authz.Status != "valid" {
		t.Errorf("giving back a valid authorization made it %s", authz.Status)
	}

	order, authz = present("wrong.test", "other ")
	if order.Status != "invalid" || authz.Status != "invalid" || authz.Challenge.Problem == nil || authz.Challenge.Problem.Type != "unauthorized" {
		t.Errorf("wrong file: order %+v, authorization %+v", order, authz)
	}
}

func TestPendingAuthorizationsAreGivenBack(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	ca, _ := machine(p, &acmecatest.Secret{}, &acmecatest.Locks{})
	order := must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test", "*.a.test"}}))
	for _, url := range order.Authorizations {
		authz := must[issuance.Authorization](t)(ca.Authorization(t.Context(), url))
		if wildcard := authz.Hostname == "*.a.test"; wildcard != (authz.Challenge.URL == "") {
			t.Errorf("%s: http-01 challenge %q", authz.Hostname, authz.Challenge.URL)
		}
		for range 2 { // the second finds nothing to do
			if err := ca.Deactivate(t.Context(), url); err != nil {
				t.Fatal(err)
			}
		}
		if authz := must[issuance.Authorization](t)(ca.Authorization(t.Context(), url)); authz.Status != "deactivated" {
			t.Errorf("authorization is %s", authz.Status)
		}
	}
	if err := ca.Deactivate(t.Context(), p.base+"/authZ/nobody-knows"); err != nil {
		t.Errorf("an unknown authorization: %v", err)
	}
}

func TestFinalizingTooEarlyOrTwiceReturnsTheOrderAsItIs(t *testing.T) {
	t.Parallel()
	ca, _ := machine(startPebble(t, pebbleOptions{retryAfter: 3 * time.Second}), &acmecatest.Secret{}, &acmecatest.Locks{})
	order := must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}))
	early := must[issuance.Order](t)(ca.Finalize(t.Context(), order, newCSR(t, "a.test")))
	if early.Status != "pending" || early.URL != order.URL {
		t.Errorf("too early: %+v", early)
	}
	issued, _ := issue(t, ca, issuance.OrderRequest{Hostnames: []string{"b.test"}})
	again := must[issuance.Order](t)(ca.Finalize(t.Context(), issued, newCSR(t, "b.test")))
	if again.Status != "valid" || again.CertificateURL == "" {
		t.Errorf("twice: %+v", again)
	}
}

func TestWhatTheAuthorityDoesNotKnowIsGone(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	ca, _ := machine(p, &acmecatest.Secret{}, &acmecatest.Locks{})
	_, order := ca.Order(t.Context(), p.base+"/my-order/nobody-knows")
	_, authz := ca.Authorization(t.Context(), p.base+"/authZ/nobody-knows")
	_, chain := ca.Chain(t.Context(), p.base+"/certZ/1", "")
	for what, err := range map[string]error{"order": order, "authorization": authz, "certificate": chain, "challenge": ca.Answer(t.Context(), p.base+"/chalZ/nobody-knows")} {
		if !errors.Is(err, issuance.ErrGone) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestRefusalsCarryTheWordsOfTheAuthority(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	ca, _ := machine(p, &acmecatest.Secret{}, &acmecatest.Locks{})
	_, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"www.blocked.test"}})
	wantFailure(t, err, issuance.CodeOrderRefused, "www.blocked.test", "another authority")

	order := must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}))
	authz := must[issuance.Authorization](t)(ca.Authorization(t.Context(), order.Authorizations[0]))
	if err := ca.Answer(t.Context(), authz.Challenge.URL); err != nil {
		t.Fatal(err)
	}
	waittest.Until(t, time.Minute, "order is ready", func() bool {
		return must[issuance.Order](t)(ca.Order(t.Context(), order.URL)).Status == "ready"
	})
	_, err = ca.Finalize(t.Context(), order, newCSR(t, "b.test"))
	wantFailure(t, err, issuance.CodeOrderRefused, "CSR")

	unknown := acmeca.New(acmeca.Config{Endpoint: p.directory(), Profile: "gold", Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: p.transport()})
	_, err = unknown.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
	wantFailure(t, err, issuance.CodeOrderRefused, `"gold"`, "classic")
}

func TestAThousandCallsShareOneAuthority(t *testing.T) {
	t.Parallel()
	ca, w := machine(startPebble(t, pebbleOptions{}), &acmecatest.Secret{}, &acmecatest.Locks{})
	if _, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"first.test"}}); err != nil {
		t.Fatal(err)
	}
	before := len(w.seen(""))
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			// An order for each: Pebble can lock up when one is read twice at once.
			order, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{fmt.Sprintf("host-%d.test", i)}})
			for range 99 {
				if err == nil {
					_, err = ca.Order(t.Context(), order.URL)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	// Every reply brings the nonce of the next call: only the first ones ask.
	if sent := len(w.seen("")) - before; sent > 1000+10 {
		t.Errorf("1000 calls took %d requests", sent)
	}
}

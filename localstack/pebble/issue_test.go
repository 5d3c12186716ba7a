package pebble_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"

	"certgate/localstack/localca"
	"certgate/localstack/pebble"
	"certgate/localstack/process/processtest"
)

// website answers http-01 validations of any host.
type website struct {
	*httptest.Server
	files sync.Map // path -> content
	hosts sync.Map // host -> asked
}

func newWebsite(t *testing.T) *website {
	t.Helper()
	site := &website{}
	site.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site.hosts.Store(r.Host, true)
		content, ok := site.files.Load(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, content)
	}))
	t.Cleanup(site.Close)
	return site
}

// ca is a running CA, a client account at it and the site it validates.
type ca struct {
	*pebble.Pebble
	site *website
	http *http.Client
	acme *api.Core
}

func startCA(t *testing.T, change func(*pebble.Options)) *ca {
	t.Helper()
	authority, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	site := newWebsite(t)
	options := pebble.Options{Dir: t.TempDir(), Authority: authority, HTTPPort: portOf(t, site.URL)}
	if change != nil {
		change(&options)
	}
	p, err := pebble.Start(t.Context(), options)
	processtest.RequireTools(t, err)
	t.Cleanup(p.Stop)
	c := &ca{Pebble: p, site: site, http: trusting(authority)}
	c.register(t)
	return c
}

// register makes a new account at the CA as it is now.
func (c *ca) register(t *testing.T) {
	t.Helper()
	key := newKey(t)
	core, err := api.New(c.http, "certgate-test", c.DirectoryURL(), "", key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := core.Accounts.New(acme.Account{TermsOfServiceAgreed: true}); err != nil {
		t.Fatal(err)
	}
	c.acme = core
}

// issue gets a certificate for host and returns leaf and intermediate.
func (c *ca) issue(t *testing.T, host string) []*x509.Certificate {
	t.Helper()
	order, err := c.acme.Orders.New([]string{host})
	if err != nil {
		t.Fatal(err)
	}
	authz, err := c.acme.Authorizations.Get(order.Authorizations[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, challenge := range authz.Challenges {
		if authz.Status == acme.StatusPending && challenge.Type == "http-01" {
			content, err := c.acme.GetKeyAuthorization(challenge.Token)
			if err != nil {
				t.Fatal(err)
			}
			c.site.files.Store("/.well-known/acme-challenge/"+challenge.Token, content)
			if _, err := c.acme.Challenges.New(challenge.URL); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.await(t, order.Location, acme.StatusReady)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{host}}, newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.acme.Orders.UpdateForCSR(order.Finalize, csr); err != nil {
		t.Fatal(err)
	}
	done := c.await(t, order.Location, acme.StatusValid)
	text, _, err := c.acme.Certificates.Get(done.Certificate, true)
	if err != nil {
		t.Fatal(err)
	}
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, cert)
	}
	return chain
}

// await polls the order until it has the status.
func (c *ca) await(t *testing.T, url, status string) acme.ExtendedOrder {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		order, err := c.acme.Orders.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		if order.Status == status {
			return order
		}
		if order.Status == acme.StatusInvalid {
			t.Fatalf("order is invalid: %v", order.Error)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("order is %s, want %s", order.Status, status)
		}
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

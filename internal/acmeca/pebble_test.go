package acmeca_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net/http"
	"testing"
	"time"

	"certgate/localstack/localca"
	localpebble "certgate/localstack/pebble"
	"certgate/localstack/process/processtest"
)

// pebble is a Pebble process: a real ACME server with nothing stored on disk.
type pebble struct {
	*localpebble.Pebble
	base      string // URL without a path
	httpPort  int    // where it looks for validation files
	authority *localca.Authority
}

// pebbleOptions are those of Pebble that the tests vary.
type pebbleOptions struct {
	validates   bool // looks at validation files; otherwise everything is valid
	nonceReject int  // per cent of good nonces that it refuses
	eabKeys     map[string]string
	retryAfter  time.Duration // on orders and authorizations
	alternates  int           // chains beside the first one
}

func (p *pebble) directory() string { return p.DirectoryURL() }

func startPebble(t *testing.T, o pebbleOptions) *pebble {
	t.Helper()
	authority, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	p := &pebble{httpPort: processtest.FreePort(t), authority: authority}
	var env []string
	if !o.validates {
		env = append(env, "PEBBLE_VA_ALWAYS_VALID=1")
	}
	env = append(env, fmt.Sprintf("PEBBLE_ALTERNATE_ROOTS=%d", o.alternates))
	p.Pebble, err = localpebble.Start(context.WithoutCancel(t.Context()), localpebble.Options{
		Dir: t.TempDir(), Authority: authority, HTTPPort: p.httpPort, Env: env,
		NonceReject: o.nonceReject, RetryAfterAuthz: o.retryAfter, RetryAfterOrder: o.retryAfter,
		Profile: "classic", ExternalAccountKeys: o.eabKeys,
		BlockedDomains: []string{"blocked.test"}, CAAIdentities: []string{"pebble.test"},
	})
	processtest.RequireTools(t, err)
	t.Cleanup(p.Stop)
	p.base = p.URL()
	return p
}

// restart makes the server forget everything, at the same address.
func (p *pebble) restart(t *testing.T) {
	t.Helper()
	if err := p.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (p *pebble) transport() http.RoundTripper {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.authority.Pool()}, MaxIdleConnsPerHost: 16}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

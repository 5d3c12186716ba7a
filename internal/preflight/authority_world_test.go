package preflight_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/preflight"
	"certgate/localstack/localca"
	"certgate/localstack/pebble"
	"certgate/localstack/process/processtest"
)

// ca is a running authority with its DNS server.
type ca struct {
	*pebble.Pebble
	authority *localca.Authority
}

func startCA(dir string, validity time.Duration) (*ca, error) {
	authority, err := localca.New()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ { // a free port may be gone again
		running, err := pebble.Start(context.Background(), pebble.Options{Dir: dir, Authority: authority, Validity: validity, CAAIdentities: []string{"ca.test"}, Env: []string{"PEBBLE_VA_ALWAYS_VALID=1"}})
		if err == nil {
			return &ca{running, authority}, nil
		}
		if attempt == 3 {
			return nil, err
		}
	}
}

// shared is the authority of the tests that change nothing in it.
var shared = sync.OnceValues(func() (*ca, error) {
	dir, err := os.MkdirTemp("", "certgate-preflight-")
	if err != nil {
		return nil, err
	}
	running, err := startCA(dir, 0)
	if err == nil {
		atEnd = func() { running.Stop(); _ = os.RemoveAll(dir) }
	}
	return running, err
})

var atEnd = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	atEnd()
	os.Exit(code)
}

func (w *world) startCA(o options) {
	w.Helper()
	start := shared
	if o.ownCA {
		start = func() (*ca, error) { return startCA(w.TempDir(), o.validity) }
	}
	running, err := start()
	processtest.RequireTools(w.T, err)
	if o.ownCA {
		w.Cleanup(running.Stop)
	}
	w.pebble = running.Pebble
	client := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: running.authority.Pool()}}
	w.Cleanup(client.CloseIdleConnections)
	w.config.Issuers = []preflight.Issuer{{Name: o.issuer, Preferred: true,
		Authority: acmeca.New(acmeca.Config{Endpoint: w.pebble.URL() + pebble.DirectoryPath, Accounts: w.account, Locks: &acmecatest.Locks{}, Profile: o.profile, Transport: client})}}
}

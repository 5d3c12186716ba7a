package gatewaysim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"certgate/localstack/armsim/gatewaydoc"
)

// defaultSecretPoll is the service's.
const defaultSecretPoll = 4 * time.Hour

// Options are the settings of a Gateway.
type Options struct {
	// Bind is the address to listen on (default 127.0.0.1). All frontend IP
	// configurations of the document share it.
	Bind string
	// Secrets reads the vault as the gateway's identity does.
	Secrets SecretReader
	// SecretPoll is how often it does so by itself (default 4 hours).
	SecretPoll time.Duration
	// Backends gives some backends, by FQDN or IP address as in the document,
	// another base URL, such as "http://127.0.0.1:10000/account" for a blob host.
	Backends map[string]string
	// BackendStartup is how long a backend that a change has brought answers 502,
	// because the gateway's probe has not seen it yet (minutes in Azure, 0 here).
	// What the first document has is healthy at once.
	BackendStartup time.Duration
	// Now is the clock of that (default time.Now).
	Now func() time.Time
	// ChallengeOverride, if set, may answer requests for ACME validation files
	// itself, by returning true: how tests play a broken or hijacked site.
	ChallengeOverride func(http.ResponseWriter, *http.Request) bool
}

// SecretReader reads a Key Vault secret by its id. An error with a method
// HTTPStatus() int is a refusal of the vault.
type SecretReader interface {
	ReadSecret(ctx context.Context, id string) (value, contentType string, err error)
}

// Gateway serves one document. It is safe for concurrent use.
type Gateway struct {
	options   Options
	transport *http.Transport
	next      atomic.Uint64 // round robin over backends
	sites     atomic.Pointer[sites]
	certs     certificates
	health    health

	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex // one Apply, refresh or Close at a time
	document *gatewaydoc.Document
	ports    map[int]*port
	polling  bool
}

// New makes a Gateway that serves nothing until Apply.
func New(o Options) *Gateway {
	if o.Bind == "" {
		o.Bind = "127.0.0.1"
	}
	if o.SecretPoll <= 0 {
		o.SecretPoll = defaultSecretPoll
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	g := &Gateway{options: o, transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute}, ports: map[int]*port{}}
	g.sites.Store(&sites{})
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

// ErrClosed is returned by Apply after Close.
var ErrClosed = errors.New("gateway is closed")

// Apply makes the gateway serve the document (all of it, uploaded keys
// included), or nothing if it is not running. The vault is read first, so that
// a new listener answers as soon as its port is open. A port that cannot be
// opened is an error; everything else is served nevertheless.
func (g *Gateway) Apply(document json.RawMessage, running bool) error {
	d, err := gatewaydoc.Parse(document)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil {
		return ErrClosed
	}
	g.document = d
	next := &sites{}
	if running {
		next = compile(d)
		g.health.note(d, g.options.Now(), g.options.BackendStartup)
		g.certs.refresh(g.ctx, g.options.Secrets, d)
		g.pollOnce()
	}
	g.sites.Store(next)
	return g.listen(next)
}

// Refresh reads the vault now.
func (g *Gateway) Refresh() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.document != nil && g.ctx.Err() == nil {
		g.certs.refresh(g.ctx, g.options.Secrets, g.document)
	}
}

// pollOnce starts the poll of the vault, the first time. mu is held.
func (g *Gateway) pollOnce() {
	if g.polling {
		return
	}
	g.polling = true
	g.done.Go(func() {
		ticker := time.NewTicker(g.options.SecretPoll)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				g.Refresh()
			case <-g.ctx.Done():
				return
			}
		}
	})
}

// Close stops listening and drops all connections.
func (g *Gateway) Close() {
	g.cancel()
	g.mu.Lock()
	for number, p := range g.ports {
		p.close()
		delete(g.ports, number)
	}
	g.mu.Unlock()
	g.done.Wait()
	g.transport.CloseIdleConnections()
}

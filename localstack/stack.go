// Package localstack puts certgate's whole world on one machine: Azurite for
// storage, Pebble for the certificate authority with its DNS server, simulators
// of Key Vault, Resource Manager, the Application Gateway and managed identity,
// a stand-in for the Functions host, and the handler itself, unchanged.
//
//	            ┌──────────── edge: "the internet" of the handler ────────────┐
//	handler ───▶│ *.vault.azure.net  management.azure.com  acme.certgate.test │
//	   ▲  │     └──────┬───────────────────┬──────────────────────┬───────────┘
//	   │  │         vaultsim            armsim ──▶ gatewaysim   Pebble ──▶ DNS
//	   │  │                                          │   ▲        │
//	   ├──┼──▶ dnsdoor ──▶ DNS                    │   │        │
//	   │  └──▶ storagedoor ──▶ Azurite ◀─────────────┘   └────────┘ http-01
//	funchost ──▶ ┘  queues, tables, blobs
//
// The handler is told where things are by its settings alone.
package localstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"certgate/localstack/armshelf"
	"certgate/localstack/armsim"
	"certgate/localstack/azurefault"
	"certgate/localstack/azurite"
	"certgate/localstack/dnsdoor"
	"certgate/localstack/dnssim"
	"certgate/localstack/edge"
	"certgate/localstack/faultca"
	"certgate/localstack/funchost"
	"certgate/localstack/gatewaysim"
	"certgate/localstack/identitysim"
	"certgate/localstack/localca"
	"certgate/localstack/pebble"
	"certgate/localstack/process"
	"certgate/localstack/pubsubsim"
	"certgate/localstack/site"
	"certgate/localstack/storagedoor"
	"certgate/localstack/vaultsim"
)

// Options say what to start. The zero value of a duration is no delay.
type Options struct {
	// Root is the top of the project: host.json and functions/. Required.
	Root string
	// Handler is the built handler; "" is bin/handler in Root.
	Handler string
	// Dir is the stack's own folder: data, keys, logs. Required.
	Dir string
	// Keep lets storage, vault and gateway outlive the stack; otherwise it begins
	// empty and leaves only logs.
	Keep bool
	// StorageOnDisk lets RestartStorage keep what is stored; Keep implies it.
	// Without Keep the next start with this Dir clears it.
	StorageOnDisk bool
	// NoHost leaves the Functions host out: another one is to run the app, with
	// WriteLocalSettings. Nothing of the API answers then, and Site is not served.
	NoHost bool
	// Hosts is how many Functions hosts there are: see ParseHosts.
	Hosts Hosts
	// Gateways is how many Application Gateways there are; 0 is one. The second is the
	// gateway "gateway2" of the app, at 127.0.1.2 and the same ports.
	Gateways int
	// SecondCA adds another Pebble, the issuer "second" of the app.
	SecondCA bool
	// Site serves the web site through the Static Web Apps emulator.
	Site bool
	// Ports that are wanted; 0 is any free one. A port in use is moved.
	Ports Ports
	// UpdateTakes is how long a change of the gateway runs.
	UpdateTakes time.Duration
	// UpdatePoll is what ARM asks a client to wait between two looks at it.
	UpdatePoll armsim.Pace
	// IgnoreIfMatch lets writes of a gateway through that another tool has changed
	// meanwhile.
	IgnoreIfMatch bool
	// BackendStartup is how long a backend that a change has brought answers 502.
	BackendStartup time.Duration
	// GatewayLocked has the gateway listen at LockedAddress and not where Resource Manager and
	// DNS say: it lets in nobody but what stands before it.
	GatewayLocked bool
	// SecretPoll is how often the gateway reads the vault (0: every 4 hours).
	SecretPoll time.Duration
	// NonceReject is the percentage of good nonces that the CA refuses.
	NonceReject int
	// Duplicate makes the queue deliver messages twice.
	Duplicate funchost.Duplicate
	// Deliver, if set, decides in Duplicate's place what becomes of each received
	// message: see funchost.Config.
	Deliver func(queue string, message funchost.QueueMessageInfo) funchost.Delivery
	// ByHand are timers that run by hand alone: see funchost.Config.
	ByHand []string
	// Witness is present at the beginning and the end of each queue invocation: see
	// funchost.Config.
	Witness funchost.Witness
	// QueueLease is how long a message that a killed host had in hand stays
	// invisible (0: the platform's ten minutes): see funchost.Config.
	QueueLease time.Duration
	// MaxHandlerErrors is how many ends of the handler the host takes (0: 3).
	MaxHandlerErrors int
	// OnHandlerStart is told the process id of each started handler.
	OnHandlerStart func(pid int)
	// Zones are public zones at Azure DNS that the app may change, each with its
	// records in zone file syntax, by name.
	Zones map[string]string
	// ZonesElsewhere are further public zones, by who holds them, then as Zones. At
	// "cloudflare" and "hetzner" the app has an account; other holders are strangers.
	// They need Zones.
	ZonesElsewhere map[string]map[string]string
	// Env adds or replaces app settings, "NAME=value".
	Env []string
	// Log gets warnings and errors of the stack itself; nil discards. Everything
	// goes to files in Dir.
	Log io.Writer
}

// Stack is a running local stack.
type Stack struct {
	Ports     Ports // as they are
	Authority *localca.Authority
	Azurite   *azurite.Azurite
	Door      *storagedoor.Door
	Pebble    *pebble.Pebble
	CA        *faultca.Proxy // between the handler and Pebble
	Second    *pebble.Pebble // nil unless asked for; nothing lies before it
	DNS       *dnsdoor.Door  // between the handler and the DNS server
	Public    *dnssim.World  // public DNS; nil without Zones
	Vault     *vaultsim.Server
	ARM       *armsim.Server
	PubSub    *pubsubsim.Server // of WebPubSubEndpoint, which a test sets
	Shelf     *armshelf.Shelf   // what other services of Azure keep of certificates
	Gateway   *gatewaysim.Gateway
	Further   []*gatewaysim.Gateway // the others, in order
	Host      *funchost.Host        // the first, which has the HTTP functions
	Site      *site.Site            // nil unless asked for

	zoneIDs  []string // of Zones, in Azure
	tokens   *identitysim.Server
	azure    azurefault.Door
	options  Options
	log      *slog.Logger
	closers  []func()
	hostDone chan error

	storageTurn sync.Mutex // one at a time restarts or ends the emulator
	hostTurn    sync.Mutex // the same for the Functions hosts
	settings    []string   // of the app, as the first host gets them
	groups      [][]string // the functions of each host
	hosts       []*appHost
	closing     atomic.Bool

	vaultDeny atomic.Pointer[func(method, path string) (vaultsim.Refusal, bool)]
	challenge atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
	closeOnce sync.Once
}

// startTries is how often the stack is started if a port is lost to somebody
// else between being found free and being used.
const startTries = 3

// Start starts everything and returns when the API answers. On an error what
// was started is ended again.
func Start(ctx context.Context, o Options) (*Stack, error) {
	var err error
	for range startTries {
		s := &Stack{options: o, hostDone: make(chan error, 1), CA: faultca.New()}
		if err = s.start(ctx); err == nil {
			return s, nil
		}
		s.Close()
		if !process.PortLost(err) {
			break
		}
	}
	return nil, err
}

func (s *Stack) start(ctx context.Context) error {
	if err := s.prepare(); err != nil {
		return err
	}
	group, together := errgroup.WithContext(ctx)
	group.Go(func() error { return s.startStorage(together) })
	group.Go(func() error { return s.startCA(together) })
	if err := group.Wait(); err != nil {
		return err
	}
	internet, identity, err := s.startAzure()
	if err != nil {
		return err
	}
	if err := s.startHosts(ctx, internet, identity); err != nil {
		return err
	}
	if s.options.NoHost {
		return nil
	}
	return s.startSite(ctx)
}

// prepare makes the folder, the log and the authority, and settles the ports.
func (s *Stack) prepare() (err error) {
	if !s.options.Keep {
		if err := os.RemoveAll(filepath.Join(s.options.Dir, "data")); err != nil {
			return fmt.Errorf("clear the stack's data: %w", err)
		}
	}
	if err := os.MkdirAll(s.path("data"), 0o700); err != nil {
		return fmt.Errorf("make the stack's folder: %w", err)
	}
	file, err := os.OpenFile(s.path("stack.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the stack's log: %w", err)
	}
	s.onClose(func() { file.Close() })
	s.log = newLog(file, s.options.Log)
	if s.Authority, err = localca.Open(s.path("ca")); err != nil {
		return err
	}
	if s.groups, err = s.options.Hosts.groups(funchost.Config{ScriptRoot: s.options.Root, FunctionsDir: s.functionsDir()}); err != nil {
		return err
	}
	s.Ports, err = s.options.Ports.settle()
	return err
}

// Done gives the reason of an end that was not asked for, such as the host's after
// the handler failed too often.
func (s *Stack) Done() <-chan error { return s.hostDone }

// Close ends everything, the last started first, and keeps the state if that
// was asked for.
func (s *Stack) Close() error {
	var err error
	s.closing.Store(true)
	s.closeOnce.Do(func() {
		for i := len(s.closers) - 1; i >= 0; i-- {
			s.closers[i]()
		}
		if s.options.Keep && s.Vault != nil && s.ARM != nil {
			err = errors.Join(s.Vault.Save(s.path("data/vault.json")), s.ARM.Save(s.path("data/gateway.json")))
		}
	})
	return err
}

func (s *Stack) onClose(end func()) { s.closers = append(s.closers, end) }

func (s *Stack) path(name string) string { return filepath.Join(s.options.Dir, name) }

// newLog writes everything to the file, and warnings to people.
func newLog(file, people io.Writer) *slog.Logger {
	all := slog.NewJSONHandler(file, &slog.HandlerOptions{Level: slog.LevelInfo})
	if people == nil {
		return slog.New(all)
	}
	return slog.New(slog.NewMultiHandler(all, slog.NewTextHandler(people, &slog.HandlerOptions{Level: slog.LevelError})))
}

// Token is a bearer token for an audience, as the app's identity gets it.
func (s *Stack) Token(audience string) string { return s.tokens.Token(audience) }

// identityHeader guards the identity endpoint, as IDENTITY_HEADER does.
const identityHeader = "certgate-local"

func (s *Stack) startAzure() (internet *edge.Edge, identity string, err error) {
	s.tokens = identitysim.New(identitysim.Options{Header: identityHeader})
	identity, err = s.serve("identity", s.tokens)
	if err != nil {
		return nil, "", err
	}
	if err := s.startSimulators(s.tokens); err != nil {
		return nil, "", err
	}
	pebbleRoutes, err := edge.Upstream(s.Pebble.URL(), s.Authority.Pool())
	if err != nil {
		return nil, "", err
	}
	routes := []edge.Route{
		{Host: "*.vault.azure.net", Handler: s.Vault, Middleware: []edge.Middleware{s.azure.Wrap(azurefault.Vault)}},
		{Host: "management.azure.com", Handler: armshelf.Before(s.Shelf, s.ARM), Middleware: []edge.Middleware{s.azure.Wrap(azurefault.ARM)}},
		{Host: pubsubHost, Handler: s.PubSub},
		{Host: acmeHost, Handler: pebbleRoutes, Middleware: []edge.Middleware{s.CA.Wrap}},
	}
	if s.Second != nil {
		second, err := edge.Upstream(s.Second.URL(), s.Authority.Pool())
		if err != nil {
			return nil, "", err
		}
		routes = append(routes, edge.Route{Host: secondHost, Handler: second})
	}
	routes = append(routes, s.dnsRoutes()...)
	internet, err = edge.Start(edge.Config{Authority: s.Authority, Log: s.log, Also: s.otherAddresses(), Routes: routes})
	if err != nil {
		return nil, "", err
	}
	s.onClose(func() { internet.Close() })
	return internet, identity, nil
}

package funchost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// stopLimit is what work in flight gets when the host stops. Where that is not
// enough, the handler stays as an orphan.
const stopLimit = 10 * time.Second

// Host runs one function app. Make it with New. When Run has ended it may be
// called again, as the platform starts an app again on another machine.
type Host struct {
	config Config

	running    atomic.Bool
	ready      atomic.Pointer[chan struct{}] // of the present run, or else of the next
	supervisor atomic.Pointer[supervisor]
	address    atomic.Pointer[string]

	// Limits of the platform that no setting changes; tests shorten them.
	inactivity, stopLimit, takeover time.Duration

	mu      sync.Mutex
	orphans []*process // handlers that outlived a run
}

// New checks the configuration. It reads and starts nothing.
func New(config Config) (*Host, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("functions host: %w", err)
	}
	h := &Host{config: config, inactivity: proxyInactivity, stopLimit: stopLimit, takeover: takeoverPoll}
	h.renewReady()
	return h, nil
}

// Ready is closed when the handler has answered and the triggers listen. Each
// run has its own; between two it is that of the next.
func (h *Host) Ready() <-chan struct{} { return *h.ready.Load() }

func (h *Host) renewReady() {
	ready := make(chan struct{})
	h.ready.Store(&ready)
}

// Addr is where HTTP is served, host:port; empty before Ready. It is the same in
// every run.
func (h *Host) Addr() string {
	if address := h.address.Load(); address != nil {
		return *address
	}
	return ""
}

// MasterKey opens /admin, in the header x-functions-key.
func (h *Host) MasterKey() string { return h.config.MasterKey }

// HandlerPID is the process id of the running handler, 0 if there is none.
func (h *Host) HandlerPID() int {
	if s := h.supervisor.Load(); s != nil {
		return s.pid()
	}
	return 0
}

// KillHandler sends SIGKILL to the running handler and waits for its death. It
// is restarted, and the kill counts as an error of the handler.
func (h *Host) KillHandler() error {
	if s := h.supervisor.Load(); s != nil {
		return s.killCurrent()
	}
	return errors.New("the host is not running")
}

// KillOrphans ends the handlers that outlived a stop of the host, as the end of
// their machine does.
func (h *Host) KillOrphans() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.orphans {
		p.kill()
	}
	h.orphans = nil
}

func (h *Host) adopt(p *process) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.orphans = append(h.orphans, p)
}

// Run serves until ctx ends, then gives work in flight ten seconds, kills the
// handler and returns nil. If the ten seconds are not enough the handler goes on
// without a host: see KillOrphans. If the cause of the end is ErrKilled there are no
// ten seconds. It returns an error if the app is faulty or the handler fails too often
// (ErrHandlerGivenUp).
func (h *Host) Run(ctx context.Context) error {
	if !h.running.CompareAndSwap(false, true) {
		return errors.New("functions host: it runs already")
	}
	defer h.running.Store(false)
	defer func() {
		select {
		case <-h.Ready():
			h.renewReady()
		default: // it was never ready; a caller may wait for the next run
		}
	}()
	a, err := h.load()
	if err != nil {
		return fmt.Errorf("functions host: %w", err)
	}
	wanted := h.config.Addr
	if before := h.Addr(); before != "" {
		wanted = before
	}
	listener, err := net.Listen("tcp", wanted)
	if err != nil {
		return fmt.Errorf("functions host: %w", err)
	}
	address := listener.Addr().String()
	h.address.Store(&address)
	h.supervisor.Store(a.supervisor)
	if err := h.serve(ctx, a, listener); err != nil {
		return fmt.Errorf("functions host: %w", err)
	}
	return nil
}

// serve keeps two lifetimes apart: listen ends first, so that nothing new
// begins; work ends when what has begun is over or has had its time, and takes
// the handler with it.
func (h *Host) serve(ctx context.Context, a *app, listener net.Listener) error {
	log := h.config.Logger
	work, endWork := context.WithCancelCause(context.WithoutCancel(ctx))
	listen, stopListening := context.WithCancel(ctx)
	defer stopListening()

	var background sync.WaitGroup
	a.admin.start = func(run func(context.Context)) { background.Go(func() { run(work) }) }
	server := &http.Server{
		MaxHeaderBytes: 2 * maxHeader,
		Handler:        limitHeaders(a.router), ReadHeaderTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return work },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 2)
	supervised := make(chan struct{})
	go func() { ended <- server.Serve(listener) }()
	go func() { defer close(supervised); ended <- a.supervisor.run(work) }()
	background.Go(func() {
		if _, err := a.supervisor.await(listen); err != nil {
			return // the host ends
		}
		for _, l := range a.listeners {
			background.Go(func() { l.run(listen, work) })
		}
		for _, t := range a.timers {
			if !slices.Contains(h.config.ByHand, t.function) {
				background.Go(func() { t.run(listen, work) })
			}
		}
		log.Info("functions host ready", "address", listener.Addr().String(), "functions", a.names())
		close(*h.ready.Load())
	})

	var fault error
	select {
	case <-ctx.Done():
	case fault = <-ended:
	}
	stopListening()
	cause := context.Cause(ctx)
	switch {
	case killed(ctx):
		log.Warn("functions host was killed")
		server.Close() // before work ends, or its clients would get answers
	case fault == nil && !drain(server, &background, h.stopLimit): // with a fault there is nothing left that could finish
		cause = errAbandoned
		log.Error("the stop took too long: the host goes, the handler stays", "limit", h.stopLimit)
	}
	endWork(cause)
	server.Close()
	<-supervised
	background.Wait()
	return fault
}

// drain waits for requests and invocations in flight, up to a limit, and reports
// whether they have ended.
func drain(server *http.Server, background *sync.WaitGroup, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	server.Shutdown(ctx) // what is left is cut off afterwards
	done := make(chan struct{})
	go func() {
		background.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

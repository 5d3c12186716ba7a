// Command handler is the Functions custom handler: the whole of certgate in one
// process. The Functions host starts it, asks it over HTTP on loopback, and ends
// it with SIGKILL; nothing here relies on a graceful end.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/durable"
	"certgate/internal/live"
	"certgate/internal/settings"
	"certgate/internal/statuscache"
)

func main() {
	if err := run(); err != nil {
		// The host shows standard error as errors. An exit code other than 0 makes
		// it start the handler again, and stop after the third time: it must not
		// believe that all is well.
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	s, err := settings.Load(os.Environ())
	if err != nil {
		return fmt.Errorf("certgate cannot start with these settings:\n%w", err)
	}
	log := newLog(os.Stdout, os.Stderr, s.LogLevel)
	acmeca.SetLegoOutput(io.Discard) // its retries show in our own log when they matter
	for _, note := range s.Notes {
		log.Info(note)
	}
	handler, err := build(s, log)
	if err != nil {
		return fmt.Errorf("certgate cannot start: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
	if err != nil {
		return fmt.Errorf("certgate cannot listen on port %d: %w", s.Port, err)
	}
	log.Info("listening", "address", listener.Addr().String())
	go prepare(handler, log)
	return fmt.Errorf("certgate stopped listening: %w", newServer(handler).Serve(listener))
}

// app is the whole program: what answers requests, and the engine behind it.
type app struct {
	http.Handler
	runner *durable.Runner
	// prepare makes what the host expects to find. It may fail: all of it is made when
	// it is first missed.
	prepare func(context.Context) error
}

// build makes the program out of its settings: adapters, flows, routes. It does
// no I/O, so the process listens before any service is asked.
func build(s settings.Settings, log *slog.Logger) (*app, error) {
	observed, err := startObserving(s.Telemetry, log)
	if err != nil {
		return nil, err
	}
	world, err := newAdapters(s, observed, log)
	if err != nil {
		return nil, err
	}
	statuses := statuscache.New(world.store, nil)
	engine := statuses.Engine(world.store)
	if world.pubsub != nil {
		engine = live.NewPublisher(world.pubsub.Send, log).Engine(engine)
	}
	runner := durable.NewRunner(durable.Config{Store: engine, Queue: world.queue, Log: log})
	known, err := addFlows(runner, world, s, log)
	if err != nil {
		return nil, err
	}
	figures, err := observed.watch(runner, world.store, world.queue, world.issuers)
	if err != nil {
		return nil, err
	}
	keep := time.Duration(s.HistoryRetentionDays) * 24 * time.Hour
	host := triggers{runner: runner, archive: world.store, keepHistory: keep, renewals: known.renewals,
		figures: figures, tell: func(ctx context.Context) { logFigures(ctx, log, figures, runner.Now()) }, telling: &seldom{every: figuresEvery},
		poison: world.queue, poisonLook: &seldom{every: poisonLookEvery}, log: log}
	prepare := func(ctx context.Context) error {
		return errors.Join(world.queue.Ensure(ctx), world.queue.PreparePoison(ctx))
	}
	return &app{Handler: routes(newAPI(runner, statuses, world, known, figures, s, log), host), runner: runner, prepare: prepare}, nil
}

// prepareWithin bounds what is made at start.
const prepareWithin = time.Minute

// prepare makes the queues, so that the host does not warn every two seconds of one
// that is missing. A second start finds them.
func prepare(a *app, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), prepareWithin)
	defer cancel()
	if err := a.prepare(ctx); err != nil {
		log.Warn("the queues could not be made at start; they are made when they are first missed", "error", err)
	}
}

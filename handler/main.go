// Command handler is the Functions custom handler: the whole of certgate in one
// process. The Functions host starts it, asks it over HTTP on loopback, and ends
// it with SIGKILL; nothing here relies on a graceful end.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"certgate/internal/acmeca"
	"certgate/internal/settings"
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
	log := newLog(os.Stdout, s.LogLevel)
	acmeca.SetLegoOutput(io.Discard) // its retries show in our own log when they matter
	for _, note := range s.Notes {
		log.Info(note)
	}
	handler, err := build(s, log)
	if err != nil {
		return fmt.Errorf("certgate cannot start: %w", err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
	if err != nil {
		return fmt.Errorf("certgate cannot listen on port %d: %w", s.Port, err)
	}
	log.Info("listening", "address", listener.Addr().String())
	return fmt.Errorf("certgate stopped listening: %w", newServer(handler).Serve(listener))
}

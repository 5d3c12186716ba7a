// Package storagedoor stands in front of the storage emulator. Clients reach it
// with the emulator's own account and signatures, and it passes everything on as
// it is; but it counts each request by what it does, because in Azure each one
// is paid for, and it can lose, delay or refuse a request, or stop the world
// between the emulator's answer and the client, which is the moment at which a
// crash must lose nothing.
package storagedoor

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"certgate/localstack/azurite"
	"certgate/localstack/fault"
	"certgate/localstack/loopback"
)

// The services, as they are named in counts and hooks.
const (
	Blob  = "blob"
	Queue = "queue"
	Table = "table"
)

// Config says where the emulator is and where the door opens.
type Config struct {
	// Upstream are the emulator's ports.
	Upstream azurite.Ports
	// Ports to listen on at 127.0.0.1; each may be 0 for a free one.
	Ports azurite.Ports
	// Also are further loopback addresses that the same ports open at: by the address
	// at which clients call a hook tells them apart (loopback.Of).
	Also []string
}

// Door is a running set of three proxies.
type Door struct {
	ports    azurite.Ports
	servers  []*http.Server
	counts   counter
	faults   fault.Door
	onAnswer atomic.Pointer[func(service string, r *http.Request, status int)]
	gate     gate
}

// Start opens the three ports and serves until Close. The emulator need not run
// yet, and may be restarted: without it, connections break.
func Start(c Config) (*Door, error) {
	d := &Door{counts: counter{counts: Counts{}}}
	for _, s := range []struct {
		service  string
		upstream int
		port     int
		opened   *int
	}{
		{Blob, c.Upstream.Blob, c.Ports.Blob, &d.ports.Blob},
		{Queue, c.Upstream.Queue, c.Ports.Queue, &d.ports.Queue},
		{Table, c.Upstream.Table, c.Ports.Table, &d.ports.Table},
	} {
		listener, err := net.Listen("tcp4", local(s.port))
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("open the %s door: %w", s.service, err)
		}
		*s.opened = listener.Addr().(*net.TCPAddr).Port
		server := &http.Server{Handler: d.handler(s.service, local(s.upstream)), ReadHeaderTimeout: 10 * time.Second}
		d.servers = append(d.servers, server)
		go server.Serve(listener) // ends with Close; there is no other reason on loopback
		further, err := loopback.ListenAt(c.Also, listener)
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("open the %s door: %w", s.service, err)
		}
		for _, l := range further {
			go server.Serve(l)
		}
	}
	return d, nil
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Ports are those of the door.
func (d *Door) Ports() azurite.Ports { return d.ports }

// ConnectionString is for a client that is to come through the door.
func (d *Door) ConnectionString() string { return d.ports.ConnectionString() }

// ConnectionStringAt is ConnectionString for one of Config.Also.
func (d *Door) ConnectionStringAt(address string) string { return d.ports.ConnectionStringAt(address) }

// Counts is how many requests of each kind have arrived since Start, refused
// ones too.
func (d *Door) Counts() Counts { return d.counts.snapshot() }

// SetHooks replaces the hooks from the next request or answer on.
func (d *Door) SetHooks(h Hooks) {
	d.faults.SetHook(h.Before)
	d.onAnswer.Store(&h.OnAnswer)
}

// Close ends all connections, those in use too.
func (d *Door) Close() error {
	var errs []error
	for _, server := range d.servers {
		errs = append(errs, server.Close())
	}
	return errors.Join(errs...)
}

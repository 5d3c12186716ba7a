// Package pebble runs a real ACME server (RFC 8555) and its DNS server as child
// processes: Pebble is the small CA that Let's Encrypt publishes for testing
// clients. It validates for real, over DNS and HTTP, on loopback.
package pebble

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"certgate/localstack/process"
)

// Pebble is a running CA with its DNS server.
type Pebble struct {
	options Options
	ports   Ports
	program string
	client  *http.Client // trusts the local root

	ca     *process.Process
	dns    *DNS
	orders orderLog
}

// Start runs the DNS server and the CA and returns when both answer. The error
// is a *process.MissingError if they are not built.
func Start(ctx context.Context, o Options) (*Pebble, error) {
	p := &Pebble{options: o, ports: o.Ports}
	if err := p.prepare(); err != nil {
		return nil, fmt.Errorf("start pebble: %w", err)
	}
	var err error
	if o.Ports != (Ports{}) {
		err = p.run(ctx)
	} else {
		err = process.OnFreePorts(4, func(free []int) error {
			p.ports = Ports{ACME: free[0], Management: free[1], DNS: free[2], DNSManagement: free[3]}
			return p.run(ctx)
		})
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Pebble) prepare() (err error) {
	if p.program, err = process.Locate("bin/pebble"); err != nil {
		return err
	}
	if p.options.Dir, err = filepath.Abs(p.options.Dir); err != nil {
		return err
	}
	if err = os.MkdirAll(p.options.Dir, 0o700); err != nil {
		return err
	}
	p.client = newClient(p.options.Authority.Pool())
	p.orders, err = newOrderLog(p.logFile())
	return err
}

func (p *Pebble) logFile() string { return filepath.Join(p.options.Dir, "pebble.log") }

func (p *Pebble) run(ctx context.Context) error {
	dns, err := startDNS(ctx, p.options, p.ports)
	if err != nil {
		return err
	}
	if err := p.runCA(ctx); err != nil {
		dns.child.Stop()
		return err
	}
	p.dns = dns
	return nil
}

func (p *Pebble) runCA(ctx context.Context) error {
	if err := p.writeConfig(); err != nil {
		return fmt.Errorf("start pebble: %w", err)
	}
	resolver := loopback(p.ports.DNS)
	if p.options.Resolver != nil {
		resolver = p.options.Resolver(resolver)
	}
	ca, err := process.Start(ctx, process.Spec{
		Name:  "pebble",
		Path:  p.program,
		Args:  []string{"-config", p.configFile(), "-dnsserver", resolver},
		Ports: []int{p.ports.ACME, p.ports.Management},
		Dir:   p.options.Dir,
		Env:   p.environment(),
		// Written by the child itself, so that a line is there before the answer
		// that it belongs to: Orders depends on it.
		LogFile: p.logFile(),
		Ready:   p.answers,
	})
	if err == nil {
		p.ca = ca
	}
	return err
}

// answers is nil when both interfaces do.
func (p *Pebble) answers(ctx context.Context) error {
	if _, err := p.get(ctx, p.DirectoryURL()); err != nil {
		return err
	}
	_, err := p.get(ctx, p.rootURL(0))
	return err
}

// URL is the ACME interface without a path.
func (p *Pebble) URL() string { return "https://127.0.0.1:" + strconv.Itoa(p.ports.ACME) }

// DirectoryURL is the ACME directory for a client that calls the CA directly.
func (p *Pebble) DirectoryURL() string { return p.URL() + DirectoryPath }

// DirectoryPath is the path of the directory below any host that leads here.
const DirectoryPath = "/dir"

// Ports are those that the CA and its DNS server listen on.
func (p *Pebble) Ports() Ports { return p.ports }

// DNS is the CA's resolver.
func (p *Pebble) DNS() *DNS { return p.dns }

// Done is closed when the CA's present run has ended, for any reason.
func (p *Pebble) Done() <-chan struct{} { return p.ca.Done() }

// Restart stops the CA and starts it on the same ports: accounts, orders and
// issued certificates are forgotten and its roots are new. DNS records stay.
func (p *Pebble) Restart(ctx context.Context) error {
	p.ca.Stop()
	return p.runCA(ctx)
}

// Stop ends the CA and its DNS server.
func (p *Pebble) Stop() {
	p.ca.Stop()
	p.dns.child.Stop()
}

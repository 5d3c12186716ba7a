package pebble

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/miekg/dns"

	"certgate/localstack/process"
)

// DNS is the resolver that the CA asks. It answers for every name: A queries
// with the default address, everything else with an empty answer, unless a record
// says otherwise. It follows a CNAME for one step only.
type DNS struct {
	child   *process.Process
	address string // host:port, TCP and UDP
	manage  string // URL of the management interface
	client  *http.Client
}

func startDNS(ctx context.Context, o Options, ports Ports) (*DNS, error) {
	program, err := process.Locate("bin/pebble-challtestsrv")
	if err != nil {
		return nil, fmt.Errorf("start dns: %w", err)
	}
	d := &DNS{address: loopback(ports.DNS), manage: "http://" + loopback(ports.DNSManagement), client: newClient(nil)}
	ipv4 := o.DefaultIPv4
	if ipv4 == "" {
		ipv4 = "127.0.0.1"
	}
	d.child, err = process.Start(ctx, process.Spec{
		Name: "dns",
		Path: program,
		Args: []string{
			"-dnsserver", d.address, "-management", loopback(ports.DNSManagement),
			"-defaultIPv4", ipv4, "-defaultIPv6", "",
			"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "", // its own challenge servers stay off
		},
		Ports:   []int{ports.DNS, ports.DNSManagement},
		Env:     []string{},
		LogFile: filepath.Join(o.Dir, "dns.log"),
		Echo:    o.Echo,
		Ready:   d.answers,
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// answers is nil when the server answers over UDP, TCP and its management.
func (d *DNS) answers(ctx context.Context) error {
	question := new(dns.Msg).SetQuestion("ready.invalid.", dns.TypeCAA)
	for _, network := range []string{"udp", "tcp"} {
		if _, _, err := (&dns.Client{Net: network}).ExchangeContext(ctx, question, d.address); err != nil {
			return err
		}
	}
	return d.ClearCAA(ctx, "ready.invalid")
}

// Address is the server's host:port, for TCP and UDP.
func (d *DNS) Address() string { return d.address }

// SetDefaultIPv4 changes the address of names without A records; "" gives them
// none.
func (d *DNS) SetDefaultIPv4(ctx context.Context, ip string) error {
	return d.post(ctx, "set-default-ipv4", map[string]any{"ip": ip})
}

// SetDefaultIPv6 changes the address of names without AAAA records; "", as after
// the start, gives them none.
func (d *DNS) SetDefaultIPv6(ctx context.Context, ip string) error {
	return d.post(ctx, "set-default-ipv6", map[string]any{"ip": ip})
}

// AddA adds IPv4 addresses to those of the host.
func (d *DNS) AddA(ctx context.Context, host string, ips ...string) error {
	return d.post(ctx, "add-a", map[string]any{"host": host, "addresses": ips})
}

// ClearA gives the host the default address again.
func (d *DNS) ClearA(ctx context.Context, host string) error { return d.clear(ctx, "a", host) }

// AddAAAA adds IPv6 addresses to those of the host. The CA dials the first.
func (d *DNS) AddAAAA(ctx context.Context, host string, ips ...string) error {
	return d.post(ctx, "add-aaaa", map[string]any{"host": host, "addresses": ips})
}

// ClearAAAA gives the host the default address again.
func (d *DNS) ClearAAAA(ctx context.Context, host string) error { return d.clear(ctx, "aaaa", host) }

// SetCNAME makes host an alias of target.
func (d *DNS) SetCNAME(ctx context.Context, host, target string) error {
	return d.post(ctx, "set-cname", map[string]any{"host": host, "target": target})
}

// ClearCNAME ends the alias.
func (d *DNS) ClearCNAME(ctx context.Context, host string) error { return d.clear(ctx, "cname", host) }

// AddCAA adds a CAA record (RFC 8659) to those of the host. Pebble itself never
// asks for them.
func (d *DNS) AddCAA(ctx context.Context, host, tag, value string) error {
	policy := map[string]string{"tag": tag, "value": value}
	return d.post(ctx, "add-caa", map[string]any{"host": host, "policies": []any{policy}})
}

// ClearCAA removes the host's CAA records.
func (d *DNS) ClearCAA(ctx context.Context, host string) error { return d.clear(ctx, "caa", host) }

// AddTXT adds a TXT record to those of the host, such as _acme-challenge.example.com.
func (d *DNS) AddTXT(ctx context.Context, host, value string) error {
	return d.post(ctx, "set-txt", map[string]any{"host": host, "value": value})
}

// ClearTXT removes the host's TXT records.
func (d *DNS) ClearTXT(ctx context.Context, host string) error { return d.clear(ctx, "txt", host) }

// SetServfail lets every question about the host fail.
func (d *DNS) SetServfail(ctx context.Context, host string) error {
	return d.post(ctx, "set-servfail", map[string]any{"host": host})
}

// ClearServfail ends that.
func (d *DNS) ClearServfail(ctx context.Context, host string) error {
	return d.clear(ctx, "servfail", host)
}

func (d *DNS) clear(ctx context.Context, kind, host string) error {
	return d.post(ctx, "clear-"+kind, map[string]any{"host": host})
}

func (d *DNS) post(ctx context.Context, what string, body map[string]any) error {
	if err := post(ctx, d.client, d.manage+"/"+what, body); err != nil {
		return fmt.Errorf("tell the dns server to %s: %w", what, err)
	}
	return nil
}

package preflight_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"certgate/internal/hostdns"
	"certgate/localstack/process/processtest"
)

// TestDNSIsLookedAt has the network's DNS as the system's and, where one is reached,
// a resolver of the internet.
func TestDNSIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	dns := w.pebble.DNS()
	if err := dns.AddA(t.Context(), "inside.example.com", "10.0.0.4"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver "+dns.Address()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	nobody := fmt.Sprintf("127.0.0.1:%d", processtest.FreePort(t))
	use := func(c hostdns.Config) {
		c.SystemFile, c.Timeout = file, 2*time.Second
		resolver, err := hostdns.New(c)
		if err != nil {
			t.Fatal(err)
		}
		w.config.Resolver, w.config.Servers = resolver, resolver
	}

	use(hostdns.Config{AskPublic: true, Public: []string{dns.Address(), nobody}})
	found, _ := w.run("inside.example.com")
	w.want(found, "dnsServers", "ok", "Answers come from "+dns.Address(), nobody+" could not be asked")
	w.want(found, "dnsView", "ok", "10.0.0.4", "not asked")

	use(hostdns.Config{AskPublic: true, Public: []string{nobody}})
	found, _ = w.run("inside.example.com")
	w.want(found, "dnsServers", "unknown", "do not answer", "the system's are asked", "UDP and TCP port 53")
	w.want(found, "dnsView", "not", "private view", "Set DnsResolvers")
	w.want(found, "dns", "not", "10.0.0.4", "the system's were asked")
	found, _ = w.run("shop.example.com")
	w.want(found, "dns", "ok", "the system's were asked")

	use(hostdns.Config{Servers: []string{nobody}})
	found, _ = w.run("")
	w.want(found, "dnsServers", "not", nobody, "DnsResolvers")
}

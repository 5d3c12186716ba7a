package hostdns_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/hostdns"
)

func TestWithoutServersTheSystemsAreAsked(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	r, err := hostdns.New(hostdns.Config{SystemFile: file, Timeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ content, says string }{
		"no server":  {"search example.com\n", "Set DnsResolvers"},
		"one server": {"# local\nsearch example.com\nnameserver 127.0.0.153\n", "127.0.0.153:53 "},
		"an IPv6":    {"nameserver ::1\nnameserver 127.0.0.153\n", "[::1]:53 "},
	} {
		if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := r.Addresses(t.Context(), "a.test")
		var transient *durable.Transient
		if !errors.As(err, &transient) || !strings.Contains(transient.Public, c.says) {
			t.Errorf("%s: got %v, want trouble that says %q", name, err, c.says)
		}
	}
}

func TestNewRefusesServersThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	for _, servers := range [][]string{{"192.0.2.1"}, {":53"}, {"192.0.2.1:"}} {
		if _, err := hostdns.New(hostdns.Config{Servers: servers}); err == nil {
			t.Errorf("New took %q", servers)
		}
	}
}

// resolverWithTimeout asks one server with a patience that no test outlasts.
func resolverWithTimeout(t *testing.T, s *server) *hostdns.Resolver {
	t.Helper()
	r, err := hostdns.New(hostdns.Config{Servers: []string{s.addr}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

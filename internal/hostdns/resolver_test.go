package hostdns_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"certgate/internal/hostdns"
)

func TestSystemServersComeFromResolvConf(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("# local\nsearch example.com\nnameserver 168.63.129.16\nnameserver fd00::1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	servers, err := hostdns.SystemServers(file)
	if err != nil || !slices.Equal(servers, []string{"168.63.129.16:53", "[fd00::1]:53"}) {
		t.Errorf("got %v, %v", servers, err)
	}
	if err := os.WriteFile(file, []byte("search example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if servers, err := hostdns.SystemServers(file); err == nil {
		t.Errorf("a file without servers gave %v", servers)
	}
}

func TestNewRefusesServersThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	for _, servers := range [][]string{nil, {"192.0.2.1"}, {":53"}, {"192.0.2.1:"}} {
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

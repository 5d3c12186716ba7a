package gatewayprobe

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"certgate/internal/issuance"
)

// loopback is where every test's gateway stands.
func loopback() netip.Addr { return netip.MustParseAddr("127.0.0.1") }

// world is an internet of servers on loopback: what the prober believes to dial
// is led to the server that stands for that address, or nowhere.
type world struct {
	prober *Prober
	routes map[string]string     // dialled address -> real address
	hosts  map[string]netip.Addr // DNS
	mu     sync.Mutex
	dialed []string
}

func newWorld(t *testing.T, c Config) *world {
	t.Helper()
	w := &world{routes: map[string]string{}, hosts: map[string]netip.Addr{}}
	c.Lookup = w
	if c.Timeout == 0 {
		c.Timeout = 20 * time.Second // longer than any busy machine takes
	}
	w.prober = New(c)
	w.prober.dial = w.dial
	return w
}

func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, address)
	real, ok := w.routes[address]
	w.mu.Unlock()
	if !ok {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("nothing stands at " + address)}
	}
	return new(net.Dialer).DialContext(ctx, network, real)
}

func (w *world) Addresses(_ context.Context, hostname string) (issuance.Addresses, error) {
	var found issuance.Addresses
	if ip, ok := w.hosts[hostname]; ok {
		found.IPs = append(found.IPs, ip)
	}
	return found, nil
}

// place puts a server at an address of this world, such as "8.8.8.8:80".
func (w *world) place(t *testing.T, address string, secure bool, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	w.routes[address] = s.Listener.Addr().String()
	return s
}

func (w *world) dials() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.dialed...)
}

func (w *world) fetch(t *testing.T) (string, int, error) {
	t.Helper()
	return w.prober.ChallengeFile(t.Context(), "shop.test", "tok-en_1", loopback())
}

func redirectTo(location string, code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(code)
	}
}

func say(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

func portOf(t *testing.T, l net.Listener) int {
	t.Helper()
	_, text, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

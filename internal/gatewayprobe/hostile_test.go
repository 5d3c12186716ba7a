package gatewayprobe

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"certgate/internal/issuance"
)

// rebinding answers each lookup of a name with the next of its addresses, as the
// DNS server of somebody who hopes for a second lookup does.
type rebinding struct {
	mu      sync.Mutex
	answers [][]string
	asked   int
}

func (r *rebinding) Addresses(context.Context, string) (issuance.Addresses, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found issuance.Addresses
	for _, text := range r.answers[min(r.asked, len(r.answers)-1)] {
		found.IPs = append(found.IPs, netip.MustParseAddr(text))
	}
	r.asked++
	return found, nil
}

func TestTheAddressThatWasCheckedIsTheOneThatIsDialled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers [][]string
		hops    int // redirects to the name, one after the other
		dials   []string
		refused bool
	}{
		"public, then private":                {[][]string{{"8.8.8.8"}, {"10.0.0.7"}}, 1, []string{"127.0.0.1:80", "8.8.8.8:80"}, false},
		"public, then private, asked again":   {[][]string{{"8.8.8.8"}, {"10.0.0.7"}}, 2, []string{"127.0.0.1:80", "8.8.8.8:80"}, true},
		"private beside public":               {[][]string{{"10.0.0.1", "8.8.8.8", "::1"}}, 1, []string{"127.0.0.1:80", "8.8.8.8:80"}, false},
		"private, then public":                {[][]string{{"10.0.0.1"}, {"8.8.8.8"}}, 1, []string{"127.0.0.1:80"}, true},
		"mapped into IPv6, then what it maps": {[][]string{{"::ffff:8.8.8.8"}, {"8.8.8.8"}}, 1, []string{"127.0.0.1:80"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Config{})
			lookup := &rebinding{answers: c.answers}
			w.prober.lookup = lookup
			w.place(t, "127.0.0.1:80", false, redirectTo("http://evil.test/hop1", 302))
			w.place(t, "8.8.8.8:80", false, func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == fmt.Sprintf("/hop%d", c.hops) {
					say("the file")(rw, r)
					return
				}
				redirectTo(fmt.Sprintf("http://evil.test/hop%d", c.hops), 302)(rw, r)
			})
			_, status, err := w.fetch(t)
			if c.refused {
				wantRefusal(t, err, "not on the public internet")
			} else if err != nil || status != 200 {
				t.Errorf("%d, %v", status, err)
			}
			if got := w.dials(); !slices.Equal(got, c.dials) {
				t.Errorf("dialled %v, want %v", got, c.dials)
			}
			if lookup.asked > c.hops {
				t.Errorf("%d lookups for %d redirects: the connection asked once more", lookup.asked, c.hops)
			}
		})
	}
}

func TestLoopsAreRefusedHoweverLongTheyAre(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(hop int64) string{
		"two places":       func(hop int64) string { return fmt.Sprintf("/%d", hop%2) },
		"two protocols":    func(hop int64) string { return []string{"http", "https"}[hop%2] + "://shop.test/x" },
		"two hosts":        func(hop int64) string { return "http://" + []string{"shop.test", "files.test"}[hop%2] + "/x" },
		"never twice":      func(hop int64) string { return fmt.Sprintf("/%d", hop) },
		"longer each time": func(hop int64) string { return "/" + strings.Repeat("x", int(hop)*100) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Config{})
			w.hosts["files.test"] = netip.MustParseAddr("8.8.8.8")
			var hops atomic.Int64
			on := func(rw http.ResponseWriter, r *http.Request) { redirectTo(next(hops.Add(1)), 302)(rw, r) }
			w.place(t, "127.0.0.1:80", false, on)
			w.place(t, "127.0.0.1:443", true, on)
			w.place(t, "8.8.8.8:80", false, on)
			_, _, err := w.fetch(t)
			wantRefusal(t, err, "redirect")
			if n := hops.Load(); n > maxRedirects+1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// A server that answers byte by byte holds a step no longer than one probe may take.
func TestAnAnswerThatDripsEndsWithTheProbesTime(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"the status line": "HTTP/1.1 200 OK and a very long reason" + strings.Repeat(" ", 500),
		"the headers":     "HTTP/1.1 200 OK\r\nX-Long: " + strings.Repeat("x", 500),
		"the body":        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("x", 500),
		"chunks":          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", 100),
		"100 Continue":    strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Config{Timeout: 300 * time.Millisecond})
			listener := listen(t)
			w.routes["127.0.0.1:80"] = listener.Addr().String()
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				for i := range len(answer) {
					if _, err := io.WriteString(conn, answer[i:i+1]); err != nil {
						return
					}
					<-time.After(20 * time.Millisecond)
				}
			}()
			began := time.Now()
			_, _, err := w.fetch(t)
			wantTrouble(t, err)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

package pebble_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-acme/lego/v4/certificate"
	"github.com/google/go-cmp/cmp"

	"certgate/localstack/localca"
	"certgate/localstack/pebble"
	"certgate/localstack/process/processtest"
)

func TestACertificateIsIssuedAfterARealValidation(t *testing.T) {
	t.Parallel()
	ca := startCA(t, nil)
	chain := ca.issue(t, "www.example.com")
	roots, err := ca.Roots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	intermediates := x509.NewCertPool()
	intermediates.AddCert(chain[1])
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, DNSName: "www.example.com"}); err != nil {
		t.Error(err)
	}
	if life := chain[0].NotAfter.Sub(chain[0].NotBefore).Round(time.Hour); life != 90*24*time.Hour {
		t.Errorf("the certificate lasts %s", life)
	}
	if _, asked := ca.site.hosts.Load("www.example.com:" + strconv.Itoa(portOf(t, ca.site.URL))); !asked {
		t.Error("the CA issued without asking the site")
	}
	orders(t, ca, 1)
}

func TestOrdersCountsWhatTheCAMadeAcrossARestart(t *testing.T) {
	t.Parallel()
	ca := startCA(t, nil)
	orders(t, ca, 0)
	for n := range 5 {
		order, err := ca.acme.Orders.New([]string{"a" + strconv.Itoa(n) + ".example.com"})
		if err != nil {
			t.Fatal(err)
		}
		orders(t, ca, n+1) // at once: the answer has come, so the order counts
		if _, err := ca.acme.Orders.Get(order.Location); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ca.acme.Orders.New([]string{"trailing-dot.example.com."}); err == nil {
		t.Fatal("a bad name was accepted")
	}
	orders(t, ca, 5)

	if err := ca.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := ca.acme.Orders.New([]string{"b.example.com"}); err == nil {
		t.Error("the CA remembers an account across a restart")
	}
	ca.register(t)
	if _, err := ca.acme.Orders.New([]string{"b.example.com"}); err != nil {
		t.Fatal(err)
	}
	orders(t, ca, 6)
}

func TestAWindowForRenewalIsWhatTheCASuggests(t *testing.T) {
	t.Parallel()
	ca := startCA(t, nil)
	leaf := ca.issue(t, "renew.example.com")[0]
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	end := start.Add(30 * time.Minute)
	if err := ca.SuggestRenewal(t.Context(), leaf.Raw, start, end); err != nil {
		t.Fatal(err)
	}
	id, err := certificate.MakeARICertID(leaf)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := ca.acme.Certificates.GetRenewalInfo(id)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var info struct {
		SuggestedWindow struct{ Start, End time.Time } `json:"suggestedWindow"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&info); err != nil {
		t.Fatal(err)
	}
	if w := info.SuggestedWindow; !w.Start.Equal(start) || !w.End.Equal(end) {
		t.Errorf("window %v to %v, want %v to %v", w.Start, w.End, start, end)
	}
}

func TestOptionsReachTheCA(t *testing.T) {
	t.Parallel()
	ca := startCA(t, func(o *pebble.Options) {
		o.Validity = 6 * 24 * time.Hour
		o.AuthzReuse = 100
		o.RetryAfterOrder = 7 * time.Second
		o.CAAIdentities = []string{"ca.example", "ca.test"}
		o.Env = []string{"PEBBLE_ALTERNATE_ROOTS=1", "PEBBLE_VA_ALWAYS_VALID=1"}
	})
	if got := ca.acme.GetDirectory().Meta.CaaIdentities; !cmp.Equal(got, []string{"ca.example", "ca.test"}) {
		t.Errorf("CAA identities %q", got)
	}
	if got := ca.acme.GetDirectory().Meta.Profiles; len(got) != 1 || got["default"] == "" {
		t.Errorf("profiles %v, want exactly one", got)
	}
	leaf := ca.issue(t, "once.example.com")[0]
	if life := leaf.NotAfter.Sub(leaf.NotBefore).Round(time.Hour); life != 6*24*time.Hour {
		t.Errorf("the certificate lasts %s", life)
	}
	ca.site.hosts.Range(func(host, _ any) bool { t.Errorf("validated %s", host); return true })

	again, err := ca.acme.Orders.New([]string{"once.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if again.Status != "ready" {
		t.Errorf("second order is %s, want the valid authorization reused", again.Status)
	}
	roots, err := ca.Roots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	//nolint:staticcheck // it is not the system's pool
	if n := len(roots.Subjects()); n != 2 {
		t.Errorf("%d roots, want 2", n)
	}
}

func TestAPortInUseIsNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	authority, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	port := taken.Addr().(*net.TCPAddr).Port
	_, err = pebble.Start(t.Context(), pebble.Options{
		Dir: t.TempDir(), Authority: authority, Ports: pebble.Ports{ACME: port, Management: port, DNS: port, DNSManagement: port},
	})
	if err == nil || !strings.Contains(err.Error(), "port "+strconv.Itoa(port)) {
		processtest.RequireTools(t, err)
		t.Errorf("error %v", err)
	}
}

func TestTheServerKeyIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	var dir string
	startCA(t, func(o *pebble.Options) { dir = o.Dir })
	for _, name := range []string{"server-key.pem", "pebble.json", "pebble.log"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func orders(t *testing.T, c *ca, want int) {
	t.Helper()
	if got, err := c.Orders(); err != nil || got != want {
		t.Errorf("%d orders, want %d; error %v", got, want, err)
	}
}

func trusting(authority *localca.Authority) *http.Client {
	return &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool()}},
	}
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

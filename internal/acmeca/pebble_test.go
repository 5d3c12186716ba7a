package acmeca_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"certgate/internal/localstack/process/processtest"
)

// pebble is a Pebble process: a real ACME server with nothing stored on disk.
type pebble struct {
	base     string // URL without a path
	httpPort int    // where it looks for validation files
	roots    *x509.CertPool
	config   string
	env      []string
	dns      string
	process  child
}

// pebbleOptions are those of Pebble that the tests vary.
type pebbleOptions struct {
	validates   bool // looks at validation files; otherwise everything is valid
	nonceReject int  // per cent of good nonces that it refuses
	eabKeys     map[string]string
	retryAfter  int // seconds, on orders and authorizations
}

func (p *pebble) directory() string { return p.base + "/dir" }

func startPebble(t *testing.T, o pebbleOptions) *pebble {
	t.Helper()
	tool(t, "pebble")
	dir := t.TempDir()
	p := &pebble{
		config: filepath.Join(dir, "pebble.json"),
		env: []string{
			"PEBBLE_VA_NOSLEEP=1",
			"PEBBLE_AUTHZREUSE=0",
			"PEBBLE_WFE_NONCEREJECT=" + strconv.Itoa(o.nonceReject),
		},
		roots: writeServerCertificate(t, dir),
		dns:   "127.0.0.1:9", // nothing listens there: no query leaves this machine
	}
	if o.validates {
		p.dns = startTestDNS(t)
	} else {
		p.env = append(p.env, "PEBBLE_VA_ALWAYS_VALID=1")
	}
	for attempt := 1; ; attempt++ { // a free port may be gone again
		p.writeConfig(t, dir, o)
		if p.start(t) {
			return p
		}
		if attempt == 3 {
			t.Fatal("pebble does not start")
		}
	}
}

func (p *pebble) writeConfig(t *testing.T, dir string, o pebbleOptions) {
	t.Helper()
	listen := "127.0.0.1:" + strconv.Itoa(processtest.FreePort(t))
	p.base, p.httpPort = "https://"+listen, processtest.FreePort(t)
	raw, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress":                  listen,
		"managementListenAddress":        "",
		"certificate":                    filepath.Join(dir, "cert.pem"),
		"privateKey":                     filepath.Join(dir, "key.pem"),
		"httpPort":                       p.httpPort,
		"tlsPort":                        processtest.FreePort(t),
		"externalAccountBindingRequired": o.eabKeys != nil,
		"externalAccountMACKeys":         o.eabKeys,
		"caaIdentities":                  []string{"pebble.test"},
		"domainBlocklist":                []string{"blocked.test"},
		"keyAlgorithm":                   "ecdsa",
		"profiles":                       map[string]any{"classic": map[string]any{"description": "90 days", "validityPeriod": 7776000}},
		"retryAfter":                     map[string]int{"authz": o.retryAfter, "order": o.retryAfter},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.config, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// start returns false if the process ends before it serves.
func (p *pebble) start(t *testing.T) bool {
	t.Helper()
	p.process = startTool(t, p.env, "pebble", "-strict", "-config", p.config, "-dnsserver", p.dns)
	client := &http.Client{Transport: p.transport(), Timeout: time.Second}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		resp, err := client.Get(p.directory())
		if err == nil {
			resp.Body.Close()
			return true
		}
		select {
		case <-p.process.ended:
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
	return false
}

// restart makes the server forget everything, at the same address.
func (p *pebble) restart(t *testing.T) {
	t.Helper()
	_ = p.process.cmd.Process.Kill()
	<-p.process.ended
	if !p.start(t) {
		t.Fatal("pebble does not start again")
	}
}

func (p *pebble) transport() http.RoundTripper {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.roots}, MaxIdleConnsPerHost: 16}
}

// startTestDNS starts a DNS server that answers every name with this machine.
func startTestDNS(t *testing.T) string {
	t.Helper()
	address := "127.0.0.1:" + strconv.Itoa(processtest.FreePort(t))
	startTool(t, nil, "pebble-challtestsrv", "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "",
		"-dnsserver", address, "-management", "127.0.0.1:"+strconv.Itoa(processtest.FreePort(t)), "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "")
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address
		}
	}
	t.Fatal("pebble-challtestsrv does not answer")
	return ""
}

type child struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

func startTool(t *testing.T, env []string, name string, args ...string) child {
	t.Helper()
	c := child{cmd: exec.Command(tool(t, name), args...), ended: make(chan struct{})}
	c.cmd.Env = append(env, "PATH="+os.Getenv("PATH"))
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		_ = c.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.ended
	})
	return c
}

// tool finds a binary in bin/ at the root of the repository.
func tool(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
	}
	path := filepath.Join(dir, "bin", name)
	if _, err := os.Stat(path); err != nil {
		message := fmt.Sprintf("bin/%s is missing: run make tools", name)
		if os.Getenv("CERTGATE_REQUIRE_TOOLS") == "1" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	return path
}

// writeServerCertificate makes Pebble's own TLS pair and returns its trust root.
func writeServerCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, content := range map[string][]byte{
		"cert.pem": certificate,
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	return roots
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Package othercas has the unchanged handler work with another authority's server than
// Pebble: smallstep's step-ca, as tools/stepca starts it. It is long to build, so the
// test runs only when asked for: make othercas.
package othercas

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/localstacktest"
	"certgate/localstack/process"
)

// programVariable names the built tools/stepca.
const programVariable = "CERTGATE_STEPCA"

const (
	hostname = "shop.example.test"
	at       = "/api/certificates/shop-example-test"
	patience = 2 * time.Minute
)

// authority is a running step-ca.
type authority struct {
	base  string // https://host:port
	roots *x509.CertPool
	// trusted is a folder with the root alone, for SSL_CERT_DIR.
	trusted        string
	keyID, hmacKey string
}

func start(t *testing.T, program string, port, dns, http01 int) *authority {
	t.Helper()
	dir := t.TempDir()
	address := "127.0.0.1:" + strconv.Itoa(port)
	a := &authority{base: "https://" + address, trusted: filepath.Join(dir, "trusted")}
	var pem []byte
	child, err := process.Start(t.Context(), process.Spec{
		Name: "stepca", Path: program, Dir: dir, Ports: []int{port}, LogFile: filepath.Join(dir, "stepca.log"), Echo: t.Output(),
		Args: []string{"-dir", dir, "-address", address, "-dns", fmt.Sprintf("127.0.0.1:%d", dns), "-http", strconv.Itoa(http01)},
		Ready: func(context.Context) (err error) {
			if pem, err = os.ReadFile(filepath.Join(dir, "root.pem")); err != nil {
				return err
			}
			a.roots = x509.NewCertPool()
			a.roots.AppendCertsFromPEM(pem)
			_, err = a.get("/health")
			return err
		},
		ReadyWithin: 30 * time.Second,
	})
	must(t, err)
	t.Cleanup(child.Stop)
	raw, err := os.ReadFile(filepath.Join(dir, "eab.json"))
	must(t, err)
	var key struct{ KeyID, HmacKey string }
	must(t, json.Unmarshal(raw, &key))
	a.keyID, a.hmacKey = key.KeyID, key.HmacKey
	must(t, os.Mkdir(a.trusted, 0o700))
	must(t, os.WriteFile(filepath.Join(a.trusted, "root.pem"), pem, 0o600))
	return a
}

func (a *authority) get(path string) ([]byte, error) {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: a.roots}}}
	response, err := client.Get(a.base + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", path, response.StatusCode)
	}
	return io.ReadAll(response.Body)
}

// revoked reads the authority's revocation list.
func (a *authority) revoked(t *testing.T, serial *big.Int) bool {
	t.Helper()
	raw, err := a.get("/1.0/crl")
	must(t, err)
	list, err := x509.ParseRevocationList(raw)
	must(t, err)
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(serial) == 0 {
			return true
		}
	}
	return false
}

// served is the leaf that the gateway shows, by a chain that ends in the authority's root.
func (a *authority) served(t *testing.T, w *localstacktest.World) *x509.Certificate {
	t.Helper()
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", w.Ports.GatewayHTTPS), &tls.Config{ServerName: hostname, RootCAs: a.roots})
	must(t, err)
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

func TestStepCAIssuesRenewsAndRevokesThroughTheUnchangedHandler(t *testing.T) {
	program := os.Getenv(programVariable)
	if program == "" {
		t.Skip("make othercas builds step-ca and runs this")
	}
	ports, err := process.FreePorts(3)
	must(t, err)
	ca := start(t, program, ports[0], ports[1], ports[2])
	w := localstacktest.Start(t, localstack.Options{
		Ports: localstack.Ports{DNS: ports[1], GatewayHTTP: ports[2]},
		Env: []string{
			"AcmeEndpoint=" + ca.base + "/acme/acme/directory", "AcmeEabKeyId=" + ca.keyID, "AcmeEabHmacKey=" + ca.hmacKey,
			"SSL_CERT_DIR=" + ca.trusted, // beside the stack's own root
		},
	})

	completes(t, w, w.Request(hostname))
	first := ca.served(t, w)
	if !strings.Contains(first.Issuer.CommonName, "Other Authority") {
		t.Errorf("the gateway serves a certificate of %q", first.Issuer.CommonName)
	}
	var page struct{ Version string }
	api := w.Client("test", "admin")
	must(t, api.Get(t.Context(), at, &page))

	completes(t, w, ask(t, w, apiclient.Call{Method: http.MethodPost, Path: at + "/renew"}))
	second := ca.served(t, w)
	if second.SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Error("after the renewal the gateway serves the same certificate")
	}

	body, err := json.Marshal(map[string]string{"reason": "superseded", "version": page.Version})
	must(t, err)
	if ca.revoked(t, first.SerialNumber) {
		t.Error("the first certificate is revoked already")
	}
	completes(t, w, ask(t, w, apiclient.Call{Method: http.MethodPost, Path: at + "/revoke", Body: body}))
	if !ca.revoked(t, first.SerialNumber) || ca.revoked(t, second.SerialNumber) {
		t.Error("the authority's list does not have the first certificate, or has the second")
	}
	if n := w.Orders(); n != 0 {
		t.Errorf("Pebble has %d orders", n)
	}
}

func ask(t *testing.T, w *localstacktest.World, call apiclient.Call) (id string) {
	t.Helper()
	id, _, err := w.Client("test", "admin").Start(t.Context(), call)
	must(t, err)
	return id
}

func completes(t *testing.T, w *localstacktest.World, id string) {
	t.Helper()
	if end := w.Finish(id, patience); !end.Completed() {
		t.Fatalf("%s ended %s: %+v", end.Name, end.RuntimeStatus, end.CustomStatus)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

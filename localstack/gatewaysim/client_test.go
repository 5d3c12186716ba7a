package gatewaysim_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// get asks the gateway for a URL of host over plain HTTP, without following
// redirects, and returns status, Location and body.
func (s *stack) get(t *testing.T, host, uri string) (status int, location, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(s.http)+uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(data)
}

// handshake returns the chain that the gateway shows for the name ("" sends no SNI).
func (s *stack) handshake(name string) ([]*x509.Certificate, error) {
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", "127.0.0.1:"+strconv.Itoa(s.https),
		&tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates, nil
}

// wantUnrecognizedName checks for the alert of RFC 6066 section 3. The TLS
// package has no exported type for the alert of a peer.
func wantUnrecognizedName(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.HasSuffix(err.Error(), "tls: unrecognized name") {
		t.Errorf("got %v, want the alert unrecognized_name", err)
	}
}

package edge_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	"certgate/localstack/edge"
	"certgate/localstack/localca"
)

// echo answers with its own name and what it was asked.
func echo(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s%s %s", name, r.Method, r.Host, r.URL.RequestURI(), body)
	})
}

func start(t *testing.T, routes ...edge.Route) (*edge.Edge, *localca.Authority) {
	t.Helper()
	ca, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	e, err := edge.Start(edge.Config{Authority: ca, Routes: routes, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, ca
}

// clientOf is the standard library's client as HTTPS_PROXY and SSL_CERT_FILE
// make it.
func clientOf(t *testing.T, e *edge.Edge, roots *x509.CertPool) *http.Client {
	t.Helper()
	proxy, err := url.Parse(e.URL())
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyURL(proxy)
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

func bodyOf(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

package edge_test

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"certgate/localstack/edge"
	"certgate/localstack/localca"
	"certgate/localstack/loopback"
)

// A program has one address of the edge in HTTPS_PROXY, and is known by it.
func TestWhoCalledIsKnownByTheAddressOfTheEdge(t *testing.T) {
	t.Parallel()
	ca, err := localca.New()
	if err != nil {
		t.Fatal(err)
	}
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, loopback.Of(r.Context())) })
	e, err := edge.Start(edge.Config{
		Authority: ca, Routes: []edge.Route{{Host: "management.azure.com", Handler: who}}, Log: slog.New(slog.DiscardHandler),
		Also: []string{loopback.Address(1), loopback.Address(2)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	for client := range 3 {
		proxy, err := url.Parse(e.URLAt(loopback.Address(client)))
		if err != nil {
			t.Fatal(err)
		}
		for _, http2 := range []bool{true, false} {
			transport := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}, ForceAttemptHTTP2: http2}
			t.Cleanup(transport.CloseIdleConnections)
			response, err := (&http.Client{Transport: transport}).Get("https://management.azure.com/")
			if err != nil {
				t.Fatal(err)
			}
			if text := bodyOf(t, response); text != fmt.Sprint(client) || http2 != (response.ProtoMajor == 2) {
				t.Errorf("client %d over %s is taken for %s", client, response.Proto, text)
			}
		}
	}
}

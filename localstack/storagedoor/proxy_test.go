package storagedoor_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"certgate/localstack/azurite"
)

func TestNothingButTheAddressOfARequestIsChangedAndConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	requests := make(chan *http.Request, 1)
	upstream := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- r
		w.Header().Set("x-ms-version", "2024-08-04")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body)
	}))
	upstream.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	upstream.Start()
	t.Cleanup(upstream.Close)
	port := upstream.Listener.Addr().(*net.TCPAddr).Port
	door := openDoor(t, azurite.Ports{Blob: port, Queue: port, Table: port})

	// Written as no URL library would write it again.
	const target = "/devstoreaccount1/t(PartitionKey='a%27b',RowKey=%27%2F%27)?a=1;b=%20&a=2&%zz"
	host := net.JoinHostPort("127.0.0.1", strconv.Itoa(door.Ports().Table))
	for range 20 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://"+host, strings.NewReader("body"))
		ok(t, err)
		req.URL.Opaque = target // sent as it is
		req.Header.Set("Authorization", "SharedKey devstoreaccount1:c2ln")
		req.Header.Set("If-Match", "*")
		resp, err := http.DefaultClient.Do(req)
		ok(t, err)
		answer, err := io.ReadAll(resp.Body)
		ok(t, err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusCreated || string(answer) != "body" || resp.Header.Get("x-ms-version") != "2024-08-04" {
			t.Errorf("answer %s %q %v", resp.Status, answer, resp.Header)
		}

		got := await(t, requests)
		if got.RequestURI != target {
			t.Errorf("request URI %q, want %q", got.RequestURI, target)
		}
		if got.Host != host || got.ContentLength != 4 {
			t.Errorf("host %q, want %q; length %d", got.Host, host, got.ContentLength)
		}
		for name, want := range map[string]string{
			"Authorization": "SharedKey devstoreaccount1:c2ln", "If-Match": "*", "X-Forwarded-For": "", "User-Agent": "Go-http-client/1.1",
		} {
			if value := got.Header.Get(name); value != want {
				t.Errorf("%s %q, want %q", name, value, want)
			}
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections to the emulator for 20 requests in a row", n)
	}
}

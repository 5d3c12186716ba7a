// Package frontend is the one address of an app that runs on several Functions
// hosts: it gives each request to the next host in turn, as the platform's front end
// does. A host that does not listen is passed over; what a host had in hand when it
// died is a broken connection for the client.
package frontend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Backend is one host.
type Backend struct {
	// Addr is where it listens, host:port; "" while it does not. Required.
	Addr func() string
	// HTTP says that it has the app's HTTP functions, Functions what it has by name;
	// nil is all.
	HTTP      bool
	Functions []string
}

// FrontEnd is a running front end.
type FrontEnd struct {
	backends []Backend
	turn     atomic.Uint64
	server   *http.Server
}

// Start listens on a port of 127.0.0.1 and serves until Close.
func Start(port int, backends []Backend) (*FrontEnd, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("front end: %w", err)
	}
	f := &FrontEnd{backends: backends}
	f.server = &http.Server{Handler: f.proxy(), ReadHeaderTimeout: 30 * time.Second}
	go f.server.Serve(listener) // ends with Close
	return f, nil
}

// Close ends all connections, those in use too.
func (f *FrontEnd) Close() error { return f.server.Close() }

func (f *FrontEnd) proxy() http.Handler {
	return &httputil.ReverseProxy{
		// Host, path and query stay as they were written.
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", r.In.Host
			r.Out.URL.RawQuery = r.In.URL.RawQuery
		},
		Transport:     &inTurn{front: f, next: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second, DialContext: dial}},
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, errNobody) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			panic(http.ErrAbortHandler) // the client's connection breaks as the host's did
		},
		ErrorLog: log.New(io.Discard, "", 0), // clients that are gone
	}
}

var (
	errNobody = errors.New("no host listens")
	errDial   = errors.New("not listening")
)

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, errors.Join(errDial, err)
	}
	return conn, nil
}

// inTurn sends a request to the first host in turn that listens. Only one that has
// reached nobody is sent on to the next.
type inTurn struct {
	front *FrontEnd
	next  http.RoundTripper
}

func (t *inTurn) RoundTrip(r *http.Request) (*http.Response, error) {
	able := t.front.able(r.URL.Path)
	first := t.front.turn.Add(1)
	for i := range able {
		address := able[(first+uint64(i))%uint64(len(able))].Addr()
		if address == "" {
			continue
		}
		out := r.Clone(r.Context())
		out.URL.Host = address
		if r.Body != nil && r.Body != http.NoBody {
			out.Body = io.NopCloser(r.Body) // a try that reaches no host would close it
		}
		response, err := t.next.RoundTrip(out)
		if errors.Is(err, errDial) && r.Context().Err() == nil {
			continue
		}
		return response, err
	}
	return nil, errNobody
}

// able are the hosts that a request can go to: a run by hand of a function needs one
// that has it, everything else one with the HTTP functions.
func (f *FrontEnd) able(path string) (able []Backend) {
	name, byHand := strings.CutPrefix(path, "/admin/functions/")
	for _, b := range f.backends {
		has := b.HTTP
		if byHand {
			has = b.Functions == nil || slices.ContainsFunc(b.Functions, func(f string) bool { return strings.EqualFold(f, name) })
		}
		if has {
			able = append(able, b)
		}
	}
	return able
}

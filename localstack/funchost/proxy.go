package funchost

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"time"

	"github.com/google/uuid"

	"certgate/localstack/pause"
)

const (
	proxyInactivity = 240 * time.Second // without a byte in either direction
	dialTries       = 10
)

var errInactive = errors.New("no activity for too long")

// proxy forwards HTTP functions to the handler by the platform's rules
// (enableProxyingHttpRequest): streamed both ways, headers set or replaced.
type proxy struct {
	handler    *supervisor
	transport  http.RoundTripper
	guard      func(log *slog.Logger) (stop func())
	inactivity time.Duration
	log        *slog.Logger
}

// forward answers 500 without a body when the handler cannot.
func (x *proxy) forward(w http.ResponseWriter, r *http.Request, function string) {
	id := uuid.NewString()
	log := x.log.With("function", function, "invocation", id)
	p, err := x.handler.acquire(r.Context())
	if err != nil {
		log.Error("request failed", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	stop := x.guard(log)
	defer stop()

	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	idle := time.AfterFunc(x.inactivity, func() { cancel(errInactive) })
	defer idle.Stop()
	alive := func() { idle.Reset(x.inactivity) }

	out := r.WithContext(ctx)
	if r.Body != nil && r.Body != http.NoBody {
		out.Body = &watchedBody{ReadCloser: r.Body, alive: alive}
	}
	forwarder := httputil.ReverseProxy{
		Transport:     x.transport,
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		Rewrite:       func(pr *httputil.ProxyRequest) { rewrite(pr, p.address, id) },
		ModifyResponse: func(response *http.Response) error {
			alive()
			if response.StatusCode != http.StatusSwitchingProtocols {
				response.Body = &watchedBody{ReadCloser: response.Body, alive: alive}
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			w.WriteHeader(http.StatusInternalServerError)
		},
	}
	forwarder.ServeHTTP(w, out)
}

// rewrite makes the outgoing request. ReverseProxy has dropped Forwarded and
// every X-Forwarded-For, -Host and -Proto of the client before.
func rewrite(pr *httputil.ProxyRequest, address, id string) {
	pr.Out.URL.Scheme = "http"
	pr.Out.URL.Host = address
	pr.Out.URL.RawQuery = pr.In.URL.RawQuery // as received, even where Go cannot parse it
	pr.Out.Host = address
	pr.SetXForwarded()
	pr.Out.Header.Set("X-Azure-Functions-HostVersion", hostVersion)
	pr.Out.Header.Set("X-Azure-Functions-InvocationId", id)
	pr.Out.Header.Set("X-Ms-Invocation-Id", id)
}

// watchedBody tells of every read.
type watchedBody struct {
	io.ReadCloser
	alive func()
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.alive()
	}
	return n, err
}

// newProxyTransport tries to connect up to ten times, 50 to 250 ms apart, and sends
// a request without a body again that met a handler just as it died, whatever its
// method: the next handler has the same port. One with a body is not repeated.
func newProxyTransport(handler *supervisor) http.RoundTripper {
	dialer := redialer{handler: handler}
	return &resender{handler: handler, next: &http.Transport{
		DisableCompression: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second, DialContext: dialer.dial,
	}}
}

type redialer struct{ handler *supervisor }

func (d redialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	for try := 1; ; try++ {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil || try == dialTries {
			return conn, err
		}
		if err := pause.For(ctx, 50*time.Millisecond+rand.N(200*time.Millisecond)); err != nil {
			return nil, context.Cause(ctx)
		}
		if _, err := d.handler.acquire(ctx); err != nil {
			return nil, err
		}
	}
}

type resender struct {
	handler *supervisor
	next    http.RoundTripper
}

func (s *resender) RoundTrip(r *http.Request) (*http.Response, error) {
	for try := 1; ; try++ {
		response, err := s.next.RoundTrip(r)
		if err == nil || r.Body != nil && r.Body != http.NoBody || r.Context().Err() != nil || try == dialTries {
			return response, err
		}
		if _, err := s.handler.acquire(r.Context()); err != nil {
			return nil, err
		}
	}
}

package site

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"
)

// replyWithin is how long Static Web Apps waits for the API's whole reply.
const replyWithin = 45 * time.Second

// buffered passes calls on as Static Web Apps does to a linked backend: a reply is
// handed on when it is complete, one that takes too long is an error, and there are no
// WebSockets. The emulator by itself lets streams through that Azure does not.
func buffered(api *url.URL, within time.Duration, log *slog.Logger) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.URL.RawQuery = api.Scheme, api.Host, r.In.URL.RawQuery
			r.Out.Host = r.In.Host
			for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values := r.In.Header.Values(name); len(values) > 0 {
					r.Out.Header[name] = values
				}
			}
			r.Out.Header.Del("Connection")
			r.Out.Header.Del("Upgrade")
		},
		ModifyResponse: complete,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "Backend call failure", http.StatusInternalServerError)
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), within)
		defer cancel()
		proxy.ServeHTTP(w, r.WithContext(ctx))
	})
}

// complete reads the whole reply before any of it is passed on.
func complete(reply *http.Response) error {
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return err
	}
	if err := reply.Body.Close(); err != nil {
		return err
	}
	reply.Body = io.NopCloser(bytes.NewReader(body))
	if reply.ContentLength < 0 {
		reply.ContentLength = int64(len(body))
		reply.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return nil
}

// startBuffer serves it for the emulator, on a free port.
func (s *Site) startBuffer() error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("buffer of /api: %w", err)
	}
	s.buffer = &http.Server{Handler: buffered(s.api, replyWithin, s.options.Log), ReadHeaderTimeout: 30 * time.Second}
	s.api = &url.URL{Scheme: "http", Host: listener.Addr().String()}
	go s.buffer.Serve(listener) // ends with Close
	return nil
}

package storagedoor

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"strconv"
	"time"
)

// handler counts, asks the hooks and passes on.
func (d *Door) handler(service, upstream string) http.Handler {
	proxy := d.proxy(service, upstream)
	inside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !d.gate.enter() {
			panic(http.ErrAbortHandler)
		}
		defer d.gate.leave()
		// Storage finishes what it has been asked for, whether or not the client lives
		// to hear of it, and OnAnswer is told. A context that can end keeps the proxy
		// from watching the client's connection itself.
		alone, end := context.WithCancel(context.WithoutCancel(r.Context()))
		defer end()
		proxy.ServeHTTP(w, r.WithContext(alone))
	})
	door := d.faults.Wrap(service, refuse)(inside)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.counts.add(Kind(service, r))
		door.ServeHTTP(w, r)
	})
}

// idle connections are dropped before the emulator does it (after 5 seconds):
// otherwise a request could meet a connection that is just being closed, and one
// with a body cannot be sent again.
const idle = 3 * time.Second

// proxy changes nothing but the address: path and query stay as they were
// written, because the signature covers them, and so does the Host header, which
// the emulator puts into the URLs of its answers.
func (d *Door) proxy(service, upstream string) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", upstream
			r.Out.URL.RawQuery = r.In.URL.RawQuery
		},
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 256, // above the connections of many clients at once
			IdleConnTimeout:     idle,
			DisableCompression:  true,
		},
		ModifyResponse: func(resp *http.Response) error { return d.answered(service, resp) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			// The emulator is down or the client has gone: a broken connection is
			// what either would see without a door.
			panic(http.ErrAbortHandler)
		},
		ErrorLog: log.New(io.Discard, "", 0), // clients that are killed while they read
	}
}

func (d *Door) answered(service string, resp *http.Response) error {
	hook := d.onAnswer.Load()
	if hook == nil || *hook == nil {
		return nil
	}
	status, err := statusOf(service, resp)
	if err == nil {
		(*hook)(service, resp.Request, status)
	}
	return err
}

// statusOf looks into the answer of a batch: its own status is 202 whatever
// happened, the operations' are in the parts of its body.
func statusOf(service string, resp *http.Response) (int, error) {
	if Kind(service, resp.Request) != "table batch" || resp.StatusCode != http.StatusAccepted {
		return resp.StatusCode, nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	for line := range bytes.Lines(body) {
		rest, isStatus := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
		if !isStatus || len(rest) < 3 {
			continue
		}
		if status, err := strconv.Atoi(string(rest[:3])); err == nil && status >= 400 {
			return status, nil
		}
	}
	return resp.StatusCode, nil
}

package gatewaysim

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"

	"certgate/localstack/armsim/gatewaydoc"
)

// defaultTimeout is the service's for requestTimeout, in seconds.
const defaultTimeout = 20

// forward sends the request to a server of the pool: 502 if there is none, if no
// probe has seen one yet, or if it does not answer, 504 if it takes too long.
func (g *Gateway) forward(w http.ResponseWriter, r *http.Request, d *gatewaydoc.Document, to way) {
	pool := gatewaydoc.Find(d.Properties.BackendPools, to.pool)
	settings := gatewaydoc.Find(d.Properties.BackendHTTPSettings, to.settings)
	if pool == nil || settings == nil || len(pool.Properties.Addresses) == 0 {
		http.Error(w, "502 Bad Gateway", http.StatusBadGateway)
		return
	}
	set := settings.Properties
	list := g.health.healthy(pool.Properties.Addresses, settings, g.options.Now())
	if len(list) == 0 {
		http.Error(w, "502 Bad Gateway", http.StatusBadGateway)
		return
	}
	base, err := g.backend(list[g.next.Add(1)%uint64(len(list))], set)
	if err != nil {
		http.Error(w, "502 Bad Gateway", http.StatusBadGateway)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(cmp.Or(set.Timeout, defaultTimeout))*time.Second)
	defer cancel()
	proxy := &httputil.ReverseProxy{
		Transport: g.transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = base.Scheme, base.Host
			p.Out.URL.Path = strings.TrimSuffix(base.Path, "/") + override(set.Path, r.URL.Path, to.matched)
			p.Out.URL.RawPath = ""
			p.Out.Host = hostFor(set, base, r)
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			p.SetXForwarded()
			p.Out.Header.Set("X-Original-Host", r.Host)
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, context.DeadlineExceeded) {
				http.Error(w, "504 Gateway Time-out", http.StatusGatewayTimeout)
				return
			}
			http.Error(w, "502 Bad Gateway", http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, r.WithContext(ctx))
}

// backend is the base URL of a server: the one given in the options, or what
// the settings say.
func (g *Gateway) backend(a gatewaydoc.BackendAddress, s gatewaydoc.BackendSettings) (*url.URL, error) {
	if other, ok := g.options.Backends[a.Host()]; ok {
		return url.Parse(other)
	}
	if a.Host() == "" {
		return nil, errors.New("backend has no address")
	}
	return &url.URL{Scheme: strings.ToLower(cmp.Or(s.Protocol, "Http")), Host: net.JoinHostPort(a.Host(), strconv.Itoa(cmp.Or(s.Port, 80)))}, nil
}

// hostFor is the Host header that the server sees. A server with another base
// URL takes that one's host: it is its address here.
func hostFor(s gatewaydoc.BackendSettings, base *url.URL, r *http.Request) string {
	if s.PickHostName {
		if port := base.Port(); base.Scheme == "https" && port == "443" || base.Scheme == "http" && port == "80" {
			return base.Hostname()
		}
		return base.Host
	}
	return cmp.Or(s.HostName, r.Host)
}

// override applies the settings' path: it takes the place of what the path rule
// has matched, or stands before the whole path.
func override(with, path, matched string) string {
	if with == "" {
		return path
	}
	return "/" + strings.Trim(with, "/") + "/" + strings.TrimPrefix(strings.TrimPrefix(path, matched), "/")
}

package edge

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// Upstream passes requests on to a server of this machine and keeps the Host
// header: an ACME server makes its URLs from it and compares it with the signed
// url of each request (RFC 8555 section 6.4). The server's certificate must chain
// to roots and be for the target's host; roots may be nil for an http target.
func Upstream(target string, roots *x509.CertPool) (http.Handler, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("upstream: %w", err)
	}
	if to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
		return nil, fmt.Errorf("upstream %q is not an http or https URL", target)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host
			// r.Out.Host is the client's. No X-Forwarded headers: nothing on the
			// internet would add them.
		},
		Transport: &http.Transport{
			// Proxy stays nil: the edge is itself what HTTPS_PROXY names.
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: 256, // above the connections of a test with many workers
			IdleConnTimeout:     time.Minute,
			DisableCompression:  true, // bodies pass as they are
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, "edge: "+to.Host+" does not answer", http.StatusBadGateway)
		},
	}, nil
}

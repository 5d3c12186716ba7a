package gatewayprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
)

// ask asks for place at the first of the addresses that accepts a connection, and says
// which one it tried last. Each request has a transport of its own: no connection, proxy
// or cookie of an earlier one can change where it goes.
func (p *Prober) ask(ctx context.Context, place *url.URL, at []netip.AddrPort) (response *http.Response, tried netip.AddrPort, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, place.String(), nil)
	if err != nil {
		return nil, tried, err
	}
	request.Header.Set("User-Agent", "certgate")
	request.Header.Set("Accept", "*/*")
	err = errors.New("there is no address to ask at")
	for _, tried = range at {
		transport := &http.Transport{
			Proxy:                  nil, // never the environment's
			DialContext:            p.dialTo(tried),
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeaders,
			TLSClientConfig: &tls.Config{
				MinVersion: tls.VersionTLS12,
				// A CA does not check certificates here either: the first one for
				// this hostname may not exist yet. What counts is the content.
				InsecureSkipVerify: true,
			},
		}
		response, err = transport.RoundTrip(request)
		if err == nil || ctx.Err() != nil || !dialling(err) {
			break
		}
	}
	return response, tried, err
}

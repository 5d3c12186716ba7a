package gatewayprobe

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"certgate/internal/publicip"
)

const otherPort = "uses a port other than 80 and 443"

// redirectWalk decides where each request of one probe may go.
type redirectWalk struct {
	prober   *Prober
	hostname string
	gateway  netip.Addr
	seen     map[string]bool
}

// redirect reads where an answer leads. Other 3xx codes, and a redirect without
// a usable Location, are final answers: a CA does not follow them.
func redirect(from *url.URL, response *http.Response) (*url.URL, bool) {
	switch response.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, false
	}
	return location(from, response)
}

// location is the place that an answer names.
func location(from *url.URL, response *http.Response) (*url.URL, bool) {
	location, err := from.Parse(response.Header.Get("Location"))
	if err != nil || response.Header.Get("Location") == "" {
		return nil, false
	}
	// Parts that change nothing about where the request goes do not hide a loop.
	location.User = nil
	location.Fragment, location.RawFragment = "", ""
	return location, true
}

// target returns the addresses that a request for place may be sent to, in the
// order to try them.
func (w *redirectWalk) target(ctx context.Context, place *url.URL) ([]netip.AddrPort, error) {
	if w.seen[place.String()] {
		return nil, w.refuse(place, "is part of a redirect loop")
	}
	first := len(w.seen) == 0
	w.seen[place.String()] = true
	if first {
		return []netip.AddrPort{netip.AddrPortFrom(w.gateway, w.prober.httpPort)}, nil
	}
	if place.Scheme != "http" && place.Scheme != "https" {
		return nil, w.refuse(place, "is neither http nor https")
	}
	port, err := w.port(place)
	if err != nil {
		return nil, err
	}
	if canonicalHost(place.Hostname()) == w.hostname {
		return []netip.AddrPort{w.prober.atGateway(w.gateway, port)}, nil
	}
	return w.elsewhere(ctx, place, port)
}

// port is the public port of place; only 80, 443 and the gateway's own pass.
func (w *redirectWalk) port(place *url.URL) (uint16, error) {
	port, ok := w.prober.publicPort(place)
	if !ok {
		return 0, w.refuse(place, otherPort)
	}
	return port, nil
}

func (p *Prober) publicPort(place *url.URL) (port uint16, ok bool) {
	text := place.Port()
	if text == "" {
		text = map[string]string{"http": "80", "https": "443"}[place.Scheme]
	}
	n, err := strconv.ParseUint(text, 10, 16)
	port = uint16(n)
	return port, err == nil && (port == 80 || port == 443 || port == p.httpPort || port == p.httpsPort)
}

// atGateway is the gateway's listener behind a public port.
func (p *Prober) atGateway(gateway netip.Addr, port uint16) netip.AddrPort {
	switch port {
	case 80:
		port = p.httpPort
	case 443:
		port = p.httpsPort
	}
	return netip.AddrPortFrom(gateway, port)
}

// elsewhere finds the addresses of another host. One that shares the gateway is
// asked there; any other must be public, and on the standard ports.
func (w *redirectWalk) elsewhere(ctx context.Context, place *url.URL, port uint16) ([]netip.AddrPort, error) {
	ips, err := w.addressesOf(ctx, place)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, w.refuse(place, "leads to a host that has no address in DNS")
	}
	var allowed []netip.AddrPort
	why := "leads to an address that is not on the public internet"
	for _, ip := range ips {
		switch {
		case ip == w.gateway:
			allowed = append(allowed, w.prober.atGateway(w.gateway, port))
		case !publicip.Is(ip):
		case port != 80 && port != 443: // the gateway's own ports are its own
			why = otherPort
		default:
			allowed = append(allowed, netip.AddrPortFrom(ip, port))
		}
	}
	if len(allowed) == 0 {
		return nil, w.refuse(place, why)
	}
	return allowed, nil
}

func (w *redirectWalk) addressesOf(ctx context.Context, place *url.URL) ([]netip.Addr, error) {
	host := canonicalHost(place.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	if !strings.Contains(host, ".") {
		return nil, w.refuse(place, "leads to a name that is not in public DNS")
	}
	found, err := w.prober.lookup.Addresses(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("find the redirect's host %q: %w", host, err)
	}
	return found.IPs, nil
}

// refuse is the failure for a redirect that no CA follows, or that must not be
// followed from inside.
func (w *redirectWalk) refuse(place *url.URL, why string) error {
	return failure(fmt.Sprintf("The request for the validation file of %s was redirected to %q, which %s. Let the gateway answer /.well-known/acme-challenge/ without this redirect.",
		w.hostname, bounded(place.Redacted()), why))
}

func canonicalHost(host string) string {
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// bounded keeps a stranger's URL from filling a status message.
func bounded(s string) string {
	const limit = 200
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

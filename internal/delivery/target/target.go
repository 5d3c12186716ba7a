package target

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"certgate/internal/delivery/manifest"
)

// Target is one place, or several of one kind, where certificates are served.
type Target struct {
	Name string // in the settings
	Kind Kind   `json:"-"` // functions, which nobody can log
	// For are the hostnames whose certificates go there: A-labels, "*.example.com" for
	// every name one label below, "*" for all.
	For []string
	// Endpoints are where clients reach it.
	Endpoints []Endpoint
	// Within is how long a new version may take until it is served.
	Within time.Duration
	// AnyChain: only the leaf is judged, not what is served with it.
	AnyChain bool
	// Resource is what a service of Azure keeps of each certificate; nil where certgate
	// tells nobody.
	Resource *Resource `json:"-"`
	// Front is the DNS name by which it stands before the gateway: hostnames lead there and
	// not to the gateway. "" where it does not.
	Front string
	// Documents writes what the owner deploys so that the target serves a certificate, of
	// the kind's media type; nil where there is nothing to deploy.
	Documents func(w manifest.Wanted) (string, error) `json:"-"`
}

// Endpoint is one place where TLS is spoken.
type Endpoint struct {
	Host string // DNS name or address; "" for the hostname itself
	Port uint16
}

// At is the endpoint's host and port for a hostname.
func (e Endpoint) At(hostname string) string {
	host := e.Host
	if host == "" {
		host = hostname
	}
	return net.JoinHostPort(host, strconv.Itoa(int(e.Port)))
}

// Covered are those of the hostnames whose certificate goes to this target.
func (t Target) Covered(hostnames []string) (covered []string) {
	for _, h := range hostnames {
		if slices.ContainsFunc(t.For, func(pattern string) bool { return matches(pattern, strings.ToLower(h)) }) {
			covered = append(covered, h)
		}
	}
	return covered
}

// matches as certificates do: the star stands for one label. A wildcard matches itself.
func matches(pattern, hostname string) bool {
	base, wild := strings.CutPrefix(pattern, "*.")
	if pattern == "*" || pattern == hostname {
		return true
	}
	_, above, ok := strings.Cut(hostname, ".")
	return wild && ok && above == base
}

package gatewaydoc

import (
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/hostname"
)

// ChallengePath stands for the gateway's port-80 side where a certificate's name
// would: in requests to the lane and in Remove. No certificate can be called so.
const ChallengePath = "port 80"

// challengePattern is where authorities look for validation files (RFC 8555
// section 8.3), as a path rule writes it.
const challengePattern = "/.well-known/acme-challenge/*"

// shared is the name, in place of a certificate's, of what all hostnames share.
const shared = "certgate"

// HTTPSide says what belongs on port 80.
type HTTPSide struct {
	Port int // 0 means 80
	// FilesURL is where the validation files are read, below .well-known: their
	// container, without a SAS, or the static website of a $web container. The
	// gateway reads anonymously.
	FilesURL string
}

func (h HTTPSide) port() int {
	if h.Port == 0 {
		return 80
	}
	return h.Port
}

// port80 is the side without TLS of a document: the way to the validation files,
// and the redirects to HTTPS.
type port80 struct {
	*Document
	side HTTPSide
}

func (d *Document) port80(side HTTPSide) port80 { return port80{d, side} }

// WantChallengePath edits the document so that port 80 leads requests for
// validation files to the container: one listener for every hostname, which
// exists before the first certificate does. All else that comes to it is answered
// by the container too, with 404: nothing is served without TLS by accident.
//
// A listener for every hostname that somebody else made is left as it is. If it
// lacks the path rule that is a *durable.Failure, like everything that only a
// person can mend. Other members keep their bytes; twice is once. Without s.HTTP
// nothing is wanted.
func (d *Document) WantChallengePath(s Settings) (changed bool, err error) {
	if s.HTTP == nil { // the setting was switched off while an instance waited
		return false, nil
	}
	return d.try(d.port80(*s.HTTP).wantChallengePath)
}

// HasChallengePath reports whether the document needs nothing for it.
func (d *Document) HasChallengePath(s Settings) bool {
	changed, err := d.Clone().WantChallengePath(s)
	return err == nil && !changed
}

// HoldsChallengePath reports whether the document has certgate's own listener
// for it.
func (d *Document) HoldsChallengePath() bool {
	return d.lists[listeners].find(hostname.HTTPListenerName(shared)) >= 0
}

func (d port80) wantChallengePath() error {
	public, err := d.publicFrontends()
	if err != nil {
		return err
	}
	for _, frontend := range public {
		theirs, err := d.leadsAlready(frontend)
		if err != nil {
			return err
		}
		if theirs {
			continue
		}
		backend, err := d.challengeBackend()
		if err != nil {
			return err
		}
		n, at, err := d.httpListener(shared, "", frontend)
		if err != nil {
			return err
		}
		if err := d.wantPathMap(pathMapOf(shared, n), backend, at, nil); err != nil {
			return err
		}
	}
	return nil
}

// leadsAlready reports whether another tool's listener for every hostname does it.
func (d port80) leadsAlready(frontend string) (bool, error) {
	for _, e := range d.lists[listeners].entries {
		own := numbered(of(shared, hostname.NthHTTPListenerName), e.name) > 0
		if own || len(e.hosts) > 0 || !d.on(e, frontend, d.side.port()) {
			continue
		}
		if d.leadsToFiles(e) {
			return true, nil
		}
		return false, refuse("The listener %s takes every request to port %d and has no path rule for %s. Add one that leads to the blob container, or remove the listener and certgate makes its own.", e.name, d.side.port(), challengePattern)
	}
	return false, nil
}

// leadsToFiles reports whether the rule of a listener has a path rule for
// validation files, wherever that leads.
func (d *Document) leadsToFiles(listener *entry) bool {
	for _, r := range d.lists[rules].entries {
		if !refersTo(r.listener, listeners, listener.name) {
			continue
		}
		for _, m := range d.lists[pathMaps].entries {
			if refersTo(r.pathMap, pathMaps, m.name) {
				return matchesFiles(m.get("properties.pathRules"))
			}
		}
	}
	return false
}

// matchesFiles looks for the path rule that a validation file would take: the
// first one that matches, without regard to case.
func matchesFiles(pathRules gjson.Result) bool {
	file := strings.TrimSuffix(challengePattern, "*") + "x"
	for _, rule := range pathRules.Array() {
		for _, path := range rule.Get("properties.paths").Array() {
			if Matches(strings.ToLower(path.String()), file) {
				return len(path.String()) > len("/*") // "/*" takes everything, and files by accident
			}
		}
	}
	return false
}

// httpListener adds the listener on port 80 of a frontend, or brings it back there.
// host "" makes it one for every hostname. n counts those of the certificate.
func (d port80) httpListener(certificate, host, frontend string) (n, at int, err error) {
	list := d.lists[listeners]
	port, err := d.frontendPort(d.side.port())
	if err != nil {
		return 0, 0, err
	}
	n, at = d.ownPlace(of(certificate, hostname.NthHTTPListenerName), frontend, d.side.port())
	name := hostname.NthHTTPListenerName(certificate, n)
	if at >= 0 {
		e := list.entries[at]
		if !strings.EqualFold(e.protocol, "Http") || strings.Join(e.hosts, ",") != strings.ToLower(host) {
			return 0, 0, refuse("The listener %s exists but is not the one for port %d. Rename or remove it.", name, d.side.port())
		}
		if err := d.point(listeners, at, "properties.frontendIPConfiguration", d.ref(frontends, frontend)); err != nil {
			return 0, 0, err
		}
		return n, at, d.point(listeners, at, "properties.frontendPort", d.ref(ports, port))
	}
	if err := d.room(listeners, d.limits().listeners, "listeners"); err != nil {
		return 0, 0, err
	}
	if active, limit := d.activeListeners(), d.limits().active; active >= limit {
		return 0, 0, full("active listeners", active, limit)
	}
	return n, d.add(listeners, httpListenerEntry{Name: name, Properties: httpListenerProperties{
		FrontendIP: d.ref(frontends, frontend), FrontendPort: d.ref(ports, port), Protocol: "Http", HostName: host,
	}}), nil
}

type httpListenerEntry struct {
	Name       string                 `json:"name"`
	Properties httpListenerProperties `json:"properties"`
}

type httpListenerProperties struct {
	FrontendIP   reference `json:"frontendIPConfiguration"`
	FrontendPort reference `json:"frontendPort"`
	Protocol     string    `json:"protocol"`
	HostName     string    `json:"hostName,omitempty"`
}

// retireChallengePath takes out what certgate made for port 80, except what
// somebody uses.
func (d *Document) retireChallengePath() error {
	d.removeUnused(append(httpNames(shared), [][2]string{
		{pathMaps, hostname.PathMapName(shared)}, {settings, challengeBackendName}, {probes, challengeBackendName}, {pools, challengeBackendName},
	}...))
	for n := 1; n <= maxPublic; n++ {
		if name := hostname.NthHTTPListenerName(shared, n); d.lists[listeners].find(name) >= 0 {
			return refuse("The listener %s is still in use. Change or remove what uses it first.", name)
		}
	}
	return nil
}

// httpNames are the rules and listeners that a certificate may have on port 80.
func httpNames(certificate string) [][2]string {
	var names [][2]string
	for n := 1; n <= maxPublic; n++ {
		names = append(names, [2]string{rules, hostname.NthHTTPRuleName(certificate, n)}, [2]string{listeners, hostname.NthHTTPListenerName(certificate, n)})
	}
	return names
}

// removeUnused removes entries, each a collection and a name, that are there and
// that nothing refers to any more.
func (d *Document) removeUnused(names [][2]string) {
	for _, n := range names {
		if i := d.lists[n[0]].find(n[1]); i >= 0 && d.userOf(n[0], n[1]) == "" {
			d.remove(n[0], i)
		}
	}
}

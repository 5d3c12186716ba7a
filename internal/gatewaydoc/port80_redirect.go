package gatewaydoc

import (
	"errors"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

type redirectEntry struct {
	Name       string `json:"name"`
	Properties struct {
		Type         string    `json:"redirectType"`
		Target       reference `json:"targetListener"`
		IncludePath  bool      `json:"includePath"`
		IncludeQuery bool      `json:"includeQueryString"`
	} `json:"properties"`
}

// wantRedirect gives a hostname that has HTTPS its own listener on port 80: it
// sends validation files to the container and everything else to HTTPS.
//
// Each hostname needs one, because a redirect leads to one listener and so to one
// hostname; a URL in place of the listener would have to name the host as well.
// Such a listener counts as active. When the gateway is full it is left out, and
// gives way to hostnames that need HTTPS (see makeRoom): requests then meet the
// listener of WantChallengePath, which serves validation files only.
func (d port80) wantRedirect(l site, target int) error {
	if !d.lists[listeners].entries[target].servesOnly(l.Hostname) || strings.Contains(l.Hostname, "*") {
		return nil // a redirect may not lead to a listener with a wildcard or several hostnames
	}
	_, err := d.try(func() error { return d.redirect(l, target) })
	var failure *durable.Failure
	if errors.As(err, &failure) && failure.Code == issuance.CodeGatewayLimit {
		return nil
	}
	return err
}

func (d port80) redirect(l site, target int) error {
	public, err := d.publicFrontends()
	if err != nil {
		return err
	}
	to := d.lists[listeners].entries[target].name
	for _, frontend := range public {
		if err := d.redirectAt(l, to, frontend); err != nil {
			return err
		}
	}
	return nil
}

func (d port80) redirectAt(l site, target, frontend string) error {
	for _, e := range d.lists[listeners].entries {
		own := numbered(of(l.Name, hostname.NthHTTPListenerName), e.name) > 0
		if !own && e.serves(l.Hostname) && d.on(e, frontend, d.side.port()) {
			return nil // somebody else's: theirs to decide
		}
	}
	backend, err := d.challengeBackend()
	if err != nil {
		return err
	}
	var r redirectEntry
	r.Name = hostname.RedirectName(l.Name)
	r.Properties.Type, r.Properties.IncludePath, r.Properties.IncludeQuery = "Permanent", true, true
	r.Properties.Target = d.ref(listeners, target)
	if err := d.makeRight(redirects, r); err != nil {
		return err
	}
	n, at, err := d.httpListener(l.Name, l.Hostname, frontend)
	if err != nil {
		return err
	}
	to := d.ref(redirects, r.Name)
	return d.wantPathMap(pathMapOf(l.Name, n), backend, at, &to)
}

// makeRoom takes one redirect of ours away, because a hostname needs its place.
func (d *Document) makeRoom() {
	var names []string
	for _, e := range d.lists[certificates].entries {
		names = append(names, e.name)
	}
	for _, e := range d.lists[listeners].entries {
		names = append(names, basesOf(e)...) // further hostnames of a certificate
	}
	for _, name := range names {
		rule := hostname.HTTPRuleName(name)
		if d.lists[rules].find(rule) < 0 {
			continue
		}
		d.retireRedirect(name)
		if d.lists[rules].find(rule) < 0 {
			return
		}
	}
}

// retireRedirect removes what redirect made. It goes first when a hostname is
// retired: it leads to the HTTPS listener.
func (d *Document) retireRedirect(name string) {
	d.removeUnused(append(httpNames(name), [2]string{pathMaps, hostname.PathMapName(name)}, [2]string{redirects, hostname.RedirectName(name)}))
}

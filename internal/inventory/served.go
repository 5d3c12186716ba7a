package inventory

import (
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"certgate/internal/issuance/managed"
)

var badness = map[ServedState]int{ServedSame: 1, ServedOlder: 2, ServedOther: 3, ServedNone: 4}

// See adds what one address serves for one hostname to what was seen of the row before
// at this look; the worst counts. An empty chain is a gateway that knows no such hostname.
// hostname "" is of a listener without hostnames.
func (r *Row) See(seen Served, hostname string, chain [][]byte, now time.Time) Served {
	state, leaf := ServedNone, (*x509.Certificate)(nil)
	if len(chain) > 0 {
		var err error
		if leaf, err = x509.ParseCertificate(chain[0]); err != nil {
			return seen // what a stranger shows need not be a certificate
		}
		state = r.compare(leaf)
	}
	if hostname == "" && state != ServedSame {
		return seen // another listener has answered
	}
	seen.At = now.UTC()
	if badness[state] > badness[seen.State] {
		seen.State, seen.Thumbprint, seen.Chain = state, "", 0
		if leaf != nil {
			seen.Thumbprint, seen.Chain = managed.SHA1Thumbprint(leaf.Raw), len(chain)
		}
	}
	if leaf == nil {
		return seen
	}
	if seen.NotAfter.IsZero() || leaf.NotAfter.Before(seen.NotAfter) {
		seen.NotAfter = leaf.NotAfter.UTC()
	}
	if hostname != "" && !covers(leaf, hostname) && !slices.Contains(seen.NotFor, hostname) {
		seen.NotFor, seen.Names = append(seen.NotFor, hostname), namesOf(leaf)
	}
	return seen
}

// compare says how a served leaf stands to the newest certificate of the source.
func (r *Row) compare(leaf *x509.Certificate) ServedState {
	c := r.Certificate
	switch {
	case c == nil || c.Thumbprint == "":
		return ServedOther
	case c.Thumbprint == managed.SHA1Thumbprint(leaf.Raw):
		return ServedSame
	case leaf.NotBefore.Before(c.NotBefore) && shareName(namesOf(leaf), c.Names):
		return ServedOlder
	}
	return ServedOther
}

func shareName(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool {
		return slices.ContainsFunc(b, func(other string) bool { return strings.EqualFold(name, other) })
	})
}

// mostNames bounds what is kept of a stranger's certificate.
const mostNames = 10

func namesOf(leaf *x509.Certificate) []string {
	names := leaf.DNSNames
	if len(names) == 0 {
		names = []string{leaf.Subject.CommonName}
	}
	return slices.Clone(names[:min(len(names), mostNames)])
}

// keptLook is how long the last look counts while none can be made.
const keptLook = 24 * time.Hour

// KeepLook takes over what was seen at the last look, where this one got no answer.
func (r *Stored) KeepLook(before *Stored, now time.Time) {
	if before != nil && before.facts() == r.facts() && now.Sub(before.Served.At) < keptLook {
		r.Served = before.Served
	}
}

// LookAt lists the hostnames to ask a listener for; of one without hostnames the first
// of its certificate, as "" with that name. A pattern that nothing can be asked for is
// left out.
func (r *Row) LookAt() (hostnames map[string]string) {
	hostnames = map[string]string{}
	for _, h := range r.Hostnames {
		if base, _ := strings.CutPrefix(h, "*."); !strings.ContainsAny(base, "*?") {
			hostnames[h] = h
		}
	}
	if len(r.Hostnames) == 0 && r.Certificate != nil {
		for _, name := range r.Certificate.Names {
			if !strings.Contains(name, "*") {
				hostnames[""] = name
				break
			}
		}
	}
	return hostnames
}

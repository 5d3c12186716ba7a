package gatewaydoc

import (
	"slices"
	"strings"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/secretid"
)

// site is one hostname of a wanted certificate. It has a listener on each public
// address, with a rule, and a redirect; their names are made from Name: for the first
// hostname that is the certificate's, for the others what a certificate of their own
// would be called.
type site struct {
	issuance.Listener
	entry string // the certificate on the gateway, which all sites share
}

// entryFor names the certificate entry of a wanted listener: certgate's own, else one that
// refers to this very secret already, as of a certificate that was taken over.
func (d *Document) entryFor(l issuance.Listener) string {
	own := hostname.GatewayCertificateName(l.Name)
	if d.lists[certificates].find(own) >= 0 {
		return own
	}
	for _, e := range d.lists[certificates].entries {
		if secret := e.secret(); secret != "" && secretid.Equal(secret, l.SecretID) {
			return e.name
		}
	}
	return own
}

// hasSecret reports whether a listener's certificate is this very secret, whatever its
// entry is called.
func (d *Document) hasSecret(listener *entry, secret string) bool {
	i := d.lists[certificates].find(lastSegment(listener.certificate))
	return i >= 0 && listener.certificate != "" && secretid.Equal(d.lists[certificates].entries[i].secret(), secret)
}

// hostsOf are all hostnames of a wanted listener.
func hostsOf(l issuance.Listener) []string {
	if len(l.Hostnames) == 0 {
		return []string{l.Hostname}
	}
	return l.Hostnames
}

func (d *Document) sites(l issuance.Listener) []site {
	var sites []site
	for i, host := range hostsOf(l) {
		one := site{Listener: l, entry: d.entryFor(l)}
		one.Hostname, one.Hostnames = host, hostsOf(l)
		if i > 0 {
			one.Name = d.baseFor(host)
		}
		sites = append(sites, one)
	}
	return sites
}

// bases are the names from which those of a hostname's entries may be made: two
// hostnames can meet in the first one (a-b.com, a.b.com).
func bases(host string) []string {
	return []string{hostname.CertificateName(host), hostname.Disambiguated(host)}
}

// baseFor is the base that no other hostname has taken.
func (d *Document) baseFor(host string) string {
	both := bases(host)
	if i := d.lists[listeners].find(hostname.ListenerName(both[0])); i >= 0 && !d.lists[listeners].entries[i].servesOnly(host) {
		return both[1]
	}
	return both[0]
}

// basesOf are the bases from which the name of a listener is made; none if somebody
// else made it.
func basesOf(listener *entry) []string {
	if len(listener.hosts) != 1 {
		return nil
	}
	return slices.DeleteFunc(bases(listener.hosts[0]), func(base string) bool {
		return numbered(of(base, hostname.NthListenerName), listener.name) == 0
	})
}

// basesWith are those of everything that was made for a certificate: its name, and those
// of the further hostnames whose listeners have it.
func (d *Document) basesWith(name, certificate string) []string {
	all := []string{name}
	for _, e := range d.lists[listeners].entries {
		if !refersTo(e.certificate, certificates, certificate) {
			continue
		}
		for _, base := range basesOf(e) {
			if !slices.ContainsFunc(all, func(known string) bool { return strings.EqualFold(known, base) }) {
				all = append(all, base)
			}
		}
	}
	return all
}

// others are the bases of what was made for hostnames of a certificate that it is to have
// no more.
func (d *Document) others(l issuance.Listener) []string {
	sites := d.sites(l)
	return slices.DeleteFunc(d.basesWith(l.Name, sites[0].entry), func(base string) bool {
		return slices.ContainsFunc(sites, func(one site) bool { return strings.EqualFold(one.Name, base) })
	})
}

// coversAll reports whether the certificate holds for every one of a listener's
// hostnames, of which there must be some.
func (l site) coversAll(hosts []string) bool {
	return len(hosts) > 0 && !slices.ContainsFunc(hosts, func(host string) bool {
		_, parent, _ := strings.Cut(host, ".")
		return !slices.ContainsFunc(l.Hostnames, func(name string) bool {
			return strings.EqualFold(name, host) || strings.EqualFold(name, "*."+parent)
		})
	})
}

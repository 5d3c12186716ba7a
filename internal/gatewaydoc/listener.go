package gatewaydoc

import (
	"encoding/json"
	"fmt"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

type portEntry struct {
	Name       string `json:"name"`
	Properties struct {
		Port int `json:"port"`
	} `json:"properties"`
}

type listenerEntry struct {
	Name       string             `json:"name"`
	Properties listenerProperties `json:"properties"`
}

type listenerProperties struct {
	FrontendIP     reference `json:"frontendIPConfiguration"`
	FrontendPort   reference `json:"frontendPort"`
	Protocol       string    `json:"protocol"`
	HostName       string    `json:"hostName,omitempty"`
	HostNames      []string  `json:"hostNames,omitempty"`
	SSLCertificate reference `json:"sslCertificate"`
	RequireSNI     bool      `json:"requireServerNameIndication"` // v1's; a v2 gateway answers false, so it is never put right

	Firewall   *reference      `json:"firewallPolicy,omitempty"`
	SSLProfile *reference      `json:"sslProfile,omitempty"`
	ErrorPages json.RawMessage `json:"customErrorConfigurations,omitempty"`
}

// wantListener returns the indexes of the listeners that serve the hostname on
// the HTTPS port to the public, once they have its certificate: one for each public
// address.
func (d *Document) wantListener(l site, s Settings) ([]int, error) {
	public, err := d.publicFrontends()
	if err != nil {
		return nil, err
	}
	var serving []int
	for _, frontend := range public {
		there := false
		for i, e := range d.lists[listeners].entries {
			if e.serves(l.Hostname) && d.on(e, frontend, s.httpsPort()) {
				serving, there = append(serving, i), true
			}
		}
		if !there {
			i, err := d.ownListener(l, s, frontend)
			if err != nil {
				return nil, err
			}
			serving = append(serving, i)
		}
	}
	for _, i := range serving {
		if err := d.pointListener(i, l, s); err != nil {
			return nil, err
		}
	}
	return serving, nil
}

// ownListener adds certgate's listener, or brings it back to the public address
// and the HTTPS port.
func (d *Document) ownListener(l site, s Settings, frontend string) (int, error) {
	list := d.lists[listeners]
	port, err := d.frontendPort(s.httpsPort())
	if err != nil {
		return 0, err
	}
	n, i := d.ownPlace(of(l.Name, hostname.NthListenerName), frontend, s.httpsPort())
	name := hostname.NthListenerName(l.Name, n)
	if i >= 0 {
		if !list.entries[i].servesOnly(l.Hostname) {
			return 0, refuse("The listener %s exists but does not serve %s (it serves %s). Rename or remove it.", name, l.Hostname, spell(list.entries[i].hosts))
		}
		if err := d.point(listeners, i, "properties.frontendIPConfiguration", d.ref(frontends, frontend)); err != nil {
			return 0, err
		}
		return i, d.point(listeners, i, "properties.frontendPort", d.ref(ports, port))
	}
	if err := d.room(listeners, d.limits().listeners, "listeners"); err != nil {
		return 0, err
	}
	p, err := d.protectionFor(l.Hostname, frontend, s)
	if err != nil {
		return 0, err
	}
	e := listenerEntry{Name: name, Properties: listenerProperties{
		FrontendIP: d.ref(frontends, frontend), FrontendPort: d.ref(ports, port), Protocol: "Https",
		SSLCertificate: d.ref(certificates, l.entry), RequireSNI: true,
		Firewall: p.Firewall, SSLProfile: p.SSLProfile, ErrorPages: p.ErrorPages,
	}}
	// hostName takes no wildcards, and only one of the two members may be there.
	if strings.Contains(l.Hostname, "*") {
		e.Properties.HostNames = []string{l.Hostname}
	} else {
		e.Properties.HostName = l.Hostname
	}
	return d.add(listeners, e), nil
}

// pointListener gives the listener the certificate. Of a listener that somebody
// else made, nothing else is touched.
func (d *Document) pointListener(i int, l site, s Settings) error {
	e := d.lists[listeners].entries[i]
	own := numbered(of(l.Name, hostname.NthListenerName), e.name) > 0
	tls := e.isHTTPS()
	right := tls && (refersTo(e.certificate, certificates, l.entry) || d.hasSecret(e, l.SecretID))
	if !right && !l.coversAll(e.hosts) {
		return refuse("The listener %s serves %s on port %d with another certificate, together with other hostnames (%s). Take %s out of it, or ask for a certificate for all of them.",
			e.name, l.Hostname, s.httpsPort(), spell(e.hosts), l.Hostname)
	}
	if !tls {
		if !own {
			return refuse("The listener %s serves %s on port %d without TLS. Change its protocol or its port.", e.name, l.Hostname, s.httpsPort())
		}
		if err := d.set(listeners, i, "properties.protocol", `"Https"`); err != nil {
			return err
		}
	}
	if !right {
		if err := d.set(listeners, i, "properties.sslCertificate", encode(d.ref(certificates, l.entry))); err != nil {
			return err
		}
	}
	return nil
}

// onPort reports whether a listener is on a port number.
func (d *Document) onPort(listener *entry, number int) bool {
	for _, p := range d.lists[ports].entries {
		if refersTo(listener.port, ports, p.name) {
			return p.get("properties.port").Int() == int64(number)
		}
	}
	return false
}

// layer4On says that a TCP or TLS listener has a port on a public address to itself.
func (d *Document) layer4On(number int) error {
	for _, l := range d.lists[layer4Listeners].entries {
		if d.onPort(l, number) && d.public(l) {
			return refuse("The %s listener %s uses port %d, so no HTTP or HTTPS listener can be there. Give it another port.", strings.ToUpper(l.protocol), l.name, number)
		}
	}
	return nil
}

// frontendPort is the name of the entry of a port number, which is added if it
// is missing.
func (d *Document) frontendPort(number int) (string, error) {
	if err := d.layer4On(number); err != nil {
		return "", err
	}
	list := d.lists[ports]
	for _, p := range list.entries {
		if p.get("properties.port").Int() == int64(number) {
			return p.name, nil
		}
	}
	if err := d.room(ports, d.limits().ports, "frontend ports"); err != nil {
		return "", err
	}
	e := portEntry{Name: fmt.Sprintf("port_%d", number)} // as the portal names them
	for list.find(e.Name) >= 0 {
		e.Name = "certgate_" + e.Name
	}
	e.Properties.Port = number
	d.add(ports, e)
	return e.Name, nil
}

func spell(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func notFound(kind, name string, l *list) error {
	var there []string
	for _, e := range l.entries {
		there = append(there, e.name)
	}
	what := fmt.Sprintf("has no %s named %q", kind, name)
	if name == "" {
		what = fmt.Sprintf("does not have exactly one %s, so the settings must name it", kind)
	}
	return &durable.Failure{Code: issuance.CodeGatewaySettings, Message: fmt.Sprintf("The Application Gateway %s. There is: %s.", what, spell(there))}
}

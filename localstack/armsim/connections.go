package armsim

import (
	"strings"

	"certgate/localstack/armsim/gatewaydoc"
)

// checkConnectionListeners: what listens below HTTP is complete and has its
// frontend port to itself, beside others of its kind with other hosts.
func checkConnectionListeners(d *gatewaydoc.Document) error {
	http := map[string]string{} // frontend and port -> listener
	for _, l := range d.Properties.HTTPListeners {
		http[place(l.Properties.FrontendIP, l.Properties.FrontendPort)] = l.Name
	}
	for _, l := range d.Properties.Listeners {
		p := l.Properties
		switch {
		case p.FrontendIP == nil || p.FrontendPort == nil:
			return invalid("Listener %s needs a frontend IP configuration and a frontend port.", l.Name)
		case p.TLS() && p.SSLCertificate == nil:
			return invalid("The TLS listener %s needs an SSL certificate.", l.Name)
		case !p.TLS() && !strings.EqualFold(p.Protocol, "Tcp"):
			return invalid("Listener %s has the protocol %q.", l.Name, p.Protocol)
		}
		if other, taken := http[place(p.FrontendIP, p.FrontendPort)]; taken {
			return invalid("Listener %s and HTTP listener %s share the frontend port %s.", l.Name, other, p.FrontendPort.Name())
		}
	}
	return nil
}

func place(ip, port *gatewaydoc.Ref) string { return strings.ToLower(ip.Name() + "|" + port.Name()) }

// checkConnectionRules: every rule has a listener of its own and a backend.
func checkConnectionRules(d *gatewaydoc.Document) error {
	taken := map[string]string{} // listener -> rule
	for _, r := range d.Properties.ConnectionRules {
		p := r.Properties
		if p.Listener == nil || p.Pool == nil || p.Settings == nil {
			return invalid("Routing rule %s needs a listener, a backend pool and backend settings.", r.Name)
		}
		key := strings.ToLower(p.Listener.Name())
		if other, ok := taken[key]; ok {
			return invalid("Routing rules %s and %s share the listener %s.", other, r.Name, p.Listener.Name())
		}
		taken[key] = r.Name
	}
	return nil
}

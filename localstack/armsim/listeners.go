package armsim

import (
	"strings"

	"certgate/localstack/armsim/gatewaydoc"
)

// maxHostNames is how many host names one listener can have.
const maxHostNames = 5

// checkListeners: every listener is complete, and no two of them take the same
// requests. A listener without rule is allowed; it serves nothing.
func checkListeners(d *gatewaydoc.Document) error {
	taken := map[string]string{}     // frontend, port and host -> listener
	protocols := map[string]string{} // port -> protocol
	for _, l := range d.Properties.HTTPListeners {
		p := l.Properties
		if p.FrontendIP == nil || p.FrontendPort == nil {
			return invalid("Listener %s needs a frontend IP configuration and a frontend port.", l.Name)
		}
		if err := checkHosts(l); err != nil {
			return err
		}
		switch {
		case p.HTTPS() && p.SSLCertificate == nil:
			return invalid("The HTTPS listener %s needs an SSL certificate.", l.Name)
		case !p.HTTPS() && !strings.EqualFold(p.Protocol, "Http"):
			return invalid("Listener %s has the protocol %q.", l.Name, p.Protocol)
		case !p.HTTPS() && p.SSLCertificate != nil:
			return invalid("The HTTP listener %s must not have an SSL certificate.", l.Name)
		}
		port := strings.ToLower(p.FrontendPort.Name())
		if old, ok := protocols[port]; ok && !strings.EqualFold(old, p.Protocol) {
			return invalid("Listeners with both HTTP and HTTPS share the frontend port %s.", p.FrontendPort.Name())
		}
		protocols[port] = p.Protocol
		hosts := p.Hosts()
		if len(hosts) == 0 {
			hosts = []string{""}
		}
		for _, host := range hosts {
			key := strings.ToLower(p.FrontendIP.Name()) + "|" + port + "|" + host
			if other, ok := taken[key]; ok {
				return badRequest("ApplicationGatewayHttpListenersUsingSameFrontendPortHostNameAndFrontendIpConfig",
					"Two HTTP listeners %s/httpListeners/%s and %s/httpListeners/%s are using the same frontend port, host name and frontend IP configuration. HTTP listeners with same frontend port and frontend IP configuration must have a different host name.", d.ID, other, d.ID, l.Name)
			}
			taken[key] = l.Name
		}
	}
	return nil
}

func checkHosts(l gatewaydoc.Child[gatewaydoc.HTTPListener]) error {
	p := l.Properties
	switch {
	case p.HostName != "" && len(p.HostNames) > 0:
		return invalid("Listener %s has both hostName and hostNames.", l.Name)
	case strings.ContainsAny(p.HostName, "*?"):
		return invalid("Listener %s has a wildcard in hostName; only hostNames can have one.", l.Name)
	case len(p.HostNames) > maxHostNames:
		return invalid("Listener %s has %d host names; the limit is %d.", l.Name, len(p.HostNames), maxHostNames)
	}
	return nil
}

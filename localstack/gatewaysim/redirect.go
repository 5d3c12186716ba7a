package gatewaysim

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"certgate/localstack/armsim/gatewaydoc"
)

var redirectStatus = map[string]int{
	"Permanent": http.StatusMovedPermanently, "Found": http.StatusFound,
	"SeeOther": http.StatusSeeOther, "Temporary": http.StatusTemporaryRedirect,
}

// redirect answers with the target listener's address for the same host (the
// listener's own, if it has one), or with the target URL.
func (s *sites) redirect(w http.ResponseWriter, r *http.Request, c gatewaydoc.Redirect) {
	to, err := url.Parse(c.TargetURL)
	if listener := gatewaydoc.Find(s.document.Properties.HTTPListeners, c.TargetListener); listener != nil {
		to = s.addressOf(listener.Properties, hostname(r.Host))
	} else if err != nil || c.TargetURL == "" {
		http.Error(w, "502 Bad Gateway", http.StatusBadGateway)
		return
	}
	if c.IncludePath {
		to.Path = strings.TrimSuffix(to.Path, "/") + r.URL.Path
	}
	if c.IncludeQuery {
		to.RawQuery = r.URL.RawQuery
	}
	w.Header().Set("Location", to.String())
	w.WriteHeader(redirectStatus[c.Type])
}

func (s *sites) addressOf(l gatewaydoc.HTTPListener, host string) *url.URL {
	to := &url.URL{Scheme: "http", Host: host, Path: "/"}
	standard := 80
	if l.HTTPS() {
		to.Scheme, standard = "https", 443
	}
	if hosts := l.Hosts(); len(hosts) == 1 && !strings.ContainsAny(hosts[0], "*?") {
		to.Host = hosts[0]
	}
	if port := gatewaydoc.Find(s.document.Properties.FrontendPorts, l.FrontendPort); port != nil && port.Properties.Port != standard {
		to.Host = net.JoinHostPort(to.Host, strconv.Itoa(port.Properties.Port))
	}
	return to
}

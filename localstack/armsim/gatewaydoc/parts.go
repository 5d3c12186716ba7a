package gatewaydoc

import "strings"

// FrontendIP is an address that the gateway listens on: public or private.
type FrontendIP struct {
	PublicIP *Ref `json:"publicIPAddress"`
}

// FrontendPort is a port that listeners share.
type FrontendPort struct {
	Port int `json:"port"`
}

// SSLCertificate is either in a vault or was uploaded (base64 PFX).
type SSLCertificate struct {
	KeyVaultSecretID string `json:"keyVaultSecretId"`
	Data             string `json:"data"`
	Password         string `json:"password"`
}

// HTTPListener takes requests for some hosts on one address and port.
type HTTPListener struct {
	FrontendIP     *Ref     `json:"frontendIPConfiguration"`
	FrontendPort   *Ref     `json:"frontendPort"`
	Protocol       string   `json:"protocol"`
	HostName       string   `json:"hostName"`
	HostNames      []string `json:"hostNames"`
	SSLCertificate *Ref     `json:"sslCertificate"`
}

// HTTPS reports whether the listener terminates TLS.
func (l HTTPListener) HTTPS() bool { return strings.EqualFold(l.Protocol, "Https") }

// Listener takes connections on one address and port, below HTTP: Tcp or Tls.
type Listener struct {
	FrontendIP     *Ref     `json:"frontendIPConfiguration"`
	FrontendPort   *Ref     `json:"frontendPort"`
	Protocol       string   `json:"protocol"`
	HostNames      []string `json:"hostNames"`
	SSLCertificate *Ref     `json:"sslCertificate"`
}

// TLS reports whether the listener terminates TLS.
func (l Listener) TLS() bool { return strings.EqualFold(l.Protocol, "Tls") }

// Hosts are the host names in lower case; none means every host.
func (l HTTPListener) Hosts() []string {
	var out []string
	for _, h := range append([]string{l.HostName}, l.HostNames...) {
		if h != "" {
			out = append(out, strings.ToLower(h))
		}
	}
	return out
}

// BackendPool is a list of servers.
type BackendPool struct {
	Addresses []BackendAddress `json:"backendAddresses"`
}

// BackendAddress is one server, by name or by address.
type BackendAddress struct {
	FQDN      string `json:"fqdn"`
	IPAddress string `json:"ipAddress"`
}

// Host is the name or the address.
func (a BackendAddress) Host() string {
	if a.FQDN != "" {
		return a.FQDN
	}
	return a.IPAddress
}

// BackendSettings say how a server is talked to.
type BackendSettings struct {
	Port         int    `json:"port"`
	Protocol     string `json:"protocol"`
	HostName     string `json:"hostName"`
	PickHostName bool   `json:"pickHostNameFromBackendAddress"`
	Path         string `json:"path"`
	Timeout      int    `json:"requestTimeout"` // seconds
}

// Redirect is an answer without backend.
type Redirect struct {
	Type           string `json:"redirectType"`
	TargetListener *Ref   `json:"targetListener"`
	TargetURL      string `json:"targetUrl"`
	IncludePath    bool   `json:"includePath"`
	IncludeQuery   bool   `json:"includeQueryString"`
}

// URLPathMap chooses by path; its defaults take the rest.
type URLPathMap struct {
	DefaultPool     *Ref              `json:"defaultBackendAddressPool"`
	DefaultSettings *Ref              `json:"defaultBackendHttpSettings"`
	DefaultRedirect *Ref              `json:"defaultRedirectConfiguration"`
	PathRules       []Child[PathRule] `json:"pathRules"`
}

// PathRule is one line of a map. Order in the map is order of matching.
type PathRule struct {
	Paths    []string `json:"paths"`
	Pool     *Ref     `json:"backendAddressPool"`
	Settings *Ref     `json:"backendHttpSettings"`
	Redirect *Ref     `json:"redirectConfiguration"`
}

// RoutingRule binds a listener to a backend, a redirect or a map.
type RoutingRule struct {
	Priority *int   `json:"priority"`
	Type     string `json:"ruleType"`
	Listener *Ref   `json:"httpListener"`
	Pool     *Ref   `json:"backendAddressPool"`
	Settings *Ref   `json:"backendHttpSettings"`
	Redirect *Ref   `json:"redirectConfiguration"`
	PathMap  *Ref   `json:"urlPathMap"`
}

// ConnectionRule binds a listener below HTTP to a backend.
type ConnectionRule struct {
	Priority *int   `json:"priority"`
	Type     string `json:"ruleType"`
	Listener *Ref   `json:"listener"`
	Pool     *Ref   `json:"backendAddressPool"`
	Settings *Ref   `json:"backendSettings"`
}

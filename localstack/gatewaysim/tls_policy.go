package gatewaysim

import (
	"crypto/tls"
	"slices"
)

// customPolicy is how a port speaks TLS under a policy of the kind Custom: up to TLS 1.2,
// with the listed suites and no others. nil under any other policy: the predefined ones
// have suites for RSA and EC keys, CustomV2 has TLS 1.3, whose suites fit any key.
func (g *Gateway) customPolicy(number int) *tls.Config {
	policy := g.sites.Load().document.Properties.SSLPolicy
	if policy == nil || policy.PolicyType != "Custom" {
		return nil
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{}, SessionTicketsDisabled: true,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return g.certificateFor(number, hello.ServerName), nil
		},
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if slices.Contains(policy.CipherSuites, suite.Name) {
			config.CipherSuites = append(config.CipherSuites, suite.ID)
		}
	}
	return config
}

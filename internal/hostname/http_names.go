package hostname

// HTTPListenerName is the name of the certificate's listener on port 80.
func HTTPListenerName(certificate string) string { return NthHTTPListenerName(certificate, 1) }

// NthHTTPListenerName is the name of the one on the gateway's nth public address.
func NthHTTPListenerName(certificate string, n int) string {
	return gatewayName(certificate, "-http-listener"+nth(n))
}

// HTTPRuleName is the name of the routing rule of that listener.
func HTTPRuleName(certificate string) string { return NthHTTPRuleName(certificate, 1) }

// NthHTTPRuleName is the name of the rule of the nth one.
func NthHTTPRuleName(certificate string, n int) string {
	return gatewayName(certificate, "-http-rule"+nth(n))
}

// PathMapName is the name of the URL path map of that rule.
func PathMapName(certificate string) string { return gatewayName(certificate, "-http-paths") }

// RedirectName is the name of its redirect to the HTTPS listener.
func RedirectName(certificate string) string { return gatewayName(certificate, "-http-redirect") }

package hostname

// HTTPListenerName is the name of the certificate's listener on port 80.
func HTTPListenerName(certificate string) string { return gatewayName(certificate, "-http-listener") }

// HTTPRuleName is the name of the routing rule of that listener.
func HTTPRuleName(certificate string) string { return gatewayName(certificate, "-http-rule") }

// PathMapName is the name of the URL path map of that rule.
func PathMapName(certificate string) string { return gatewayName(certificate, "-http-paths") }

// RedirectName is the name of its redirect to the HTTPS listener.
func RedirectName(certificate string) string { return gatewayName(certificate, "-http-redirect") }

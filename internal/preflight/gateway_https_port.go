package preflight

import (
	"context"

	"certgate/internal/gatewaydoc"
)

// gatewayHTTPSPort: new listeners can be on the HTTPS port.
func gatewayHTTPSPort() check {
	return check{
		name: "gatewayHttpsPort", title: "Port 443", group: groupGateway,
		fix: "Free the HTTPS port of the gateway.",
		run: func(_ context.Context, f *facts) verdict {
			return f.look(func(s gatewaydoc.Survey) verdict {
				if s.HTTPSPort != nil {
					return because(s.HTTPSPort)
				}
				return pass("The HTTPS port takes new listeners.")
			})
		},
	}
}

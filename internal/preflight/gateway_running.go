package preflight

import (
	"context"

	"certgate/internal/gatewaydoc"
)

// gatewayRunning: a v2 gateway that runs and whose last change went well.
func gatewayRunning() check {
	return check{
		name: "gatewayRunning", title: "The gateway is running", group: groupGateway,
		fix: "Start the gateway, or use a v2 gateway (Standard_v2 or WAF_v2).",
		run: func(_ context.Context, f *facts) verdict {
			return f.look(func(s gatewaydoc.Survey) verdict {
				switch {
				case s.Writable != nil:
					return because(s.Writable)
				case s.State == "Failed":
					return unknown("The gateway runs, but its last change failed.").
						fixedBy("Look at the gateway's activity log; often a certificate on it cannot be read from Key Vault. certgate tries to make it right with its next change.")
				}
				return pass("The gateway is a running v2 gateway.")
			})
		},
	}
}

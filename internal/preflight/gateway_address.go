package preflight

import (
	"context"
	"strings"
)

// gatewayAddress: hostnames need a public address to point to.
func gatewayAddress() check {
	return check{
		name: "gatewayAddress", title: "Public address", group: groupGateway,
		fix: "Give the gateway a frontend with a public IP address.",
		run: func(_ context.Context, f *facts) verdict {
			if _, err := f.document(); err != nil {
				return f.look(nil)
			}
			endpoints, err := f.endpoints()
			if err != nil {
				return because(err)
			}
			var shown []string
			for _, e := range endpoints {
				text := e.Address.String()
				if e.FQDN != "" {
					text += " (" + e.FQDN + ")"
				}
				shown = append(shown, text)
			}
			if len(shown) == 0 {
				return fail("The gateway has no public IP address.")
			}
			return pass("The gateway is at %s.", strings.Join(shown, ", "))
		},
	}
}

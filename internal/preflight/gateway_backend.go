package preflight

import (
	"context"

	"certgate/internal/gatewaydoc"
)

// gatewayBackend: the pool and the settings that new rules lead to exist.
func gatewayBackend() check {
	return check{
		name: "gatewayBackend", title: "Backend for new hostnames", group: groupGateway,
		fix: "Correct ApplicationGatewayBackendName and ApplicationGatewayHttpSettingsName in the settings.",
		run: func(_ context.Context, f *facts) verdict {
			return f.look(func(s gatewaydoc.Survey) verdict {
				if s.Backend != nil {
					v := because(s.Backend)
					v.finding, v.fix = v.finding+" "+v.fix, "" // the second sentence lists what there is
					return v
				}
				return pass("The backend pool and the backend settings of new rules exist.")
			})
		},
	}
}

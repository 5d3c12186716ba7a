package preflight

import (
	"context"
	"errors"

	"certgate/internal/gatewaydoc"
)

// gatewayRead: the app's identity reads the gateway in Resource Manager.
func gatewayRead() check {
	return check{
		name: "gatewayRead", title: "The gateway can be read", group: groupGateway,
		fix: "Check the settings for subscription, resource group and name, and give the app's identity the role Network Contributor on the gateway's resource group.",
		run: func(_ context.Context, f *facts) verdict {
			switch _, err := f.document(); {
			case errors.Is(err, gatewaydoc.ErrNotAGateway):
				v := fail("What Resource Manager returns under this name is not an Application Gateway.")
				v.err = err
				return v
			case err != nil:
				return because(err)
			}
			return pass("The app's identity reads the gateway.")
		},
	}
}

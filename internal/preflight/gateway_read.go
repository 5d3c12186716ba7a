package preflight

import "context"

// gatewayRead: the app's identity reads the gateway in Resource Manager.
func gatewayRead() check {
	return check{
		name: "gatewayRead", title: "The gateway can be read", group: groupGateway,
		fix: "Check the settings for subscription, resource group and name, and give the app's identity the role Network Contributor on the gateway's resource group.",
		run: func(_ context.Context, f *facts) verdict {
			doc, err := f.document()
			if err != nil {
				return because(err)
			}
			if _, err := f.survey(); err != nil {
				v := fail("What Resource Manager returns under this name is not an Application Gateway (%d bytes).", len(doc.Raw))
				v.err = err
				return v
			}
			return pass("The app's identity reads the gateway.")
		},
	}
}

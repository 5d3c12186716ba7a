package preflight

import (
	"context"

	"certgate/internal/hostname"
)

// publicName warns of names that no public authority serves. It is for the
// authority that is set to decide, so nothing is to be mended.
func publicName() check {
	return check{
		name: "name", title: "Name", group: groupHostname,
		run: func(_ context.Context, f *facts) verdict {
			if warning := hostname.Warning(hostname.Name(f.hostname)); warning != "" {
				return pass("%s", warning)
			}
			return pass("Public certificate authorities issue certificates for such names.")
		},
	}
}

package preflight

import (
	"context"
	"strings"
)

// targetsAnswer: what serves certificates beside the gateway answers over TLS, where the
// settings say where it is.
func targetsAnswer(targets Targets) check {
	return check{
		name: "installTargets", title: "Targets beside the gateway", group: groupGateway,
		fix: "Check host and port in InstallTargets, and that this app has a way there.",
		run: func(ctx context.Context, _ *facts) verdict {
			if targets == nil {
				return pass("The settings name no target beside the gateway.")
			}
			switch names, problems := targets.Reach(ctx); {
			case len(names) == 0:
				return pass("The settings name no target beside the gateway.")
			case len(problems) > 0:
				return fail("%s", strings.Join(problems, " ")).silent()
			default:
				return pass("Nothing keeps clients from the targets %s, as far as the settings say where they are.", strings.Join(names, ", "))
			}
		},
	}
}

package preflight

import (
	"context"
	"fmt"
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

// targetRights: the app's identity may write what it keeps of certificates at targets.
func targetRights(targets Targets, gateway Gateway) check {
	return check{
		name: "targetRights", title: "Rights at targets", group: groupGateway,
		run: func(ctx context.Context, _ *facts) verdict {
			if targets == nil || len(targets.Rights()) == 0 {
				return pass("The settings name no target at which the app's identity needs a right.")
			}
			var lacks, fixes, names []string
			for _, r := range targets.Rights() {
				names = append(names, r.Target)
				granted, err := gateway.Permissions(ctx, r.Scope)
				if err != nil {
					return because(err)
				}
				for _, action := range r.Actions {
					if !granted.Allow(action) {
						lacks = append(lacks, fmt.Sprintf("%s for the target %s", action, r.Target))
						fixes = append(fixes, fmt.Sprintf("Give the app's identity the role %s on %s.", r.Role, r.Scope))
						break
					}
				}
			}
			if len(lacks) > 0 {
				return fail("The app's identity lacks %s.", strings.Join(lacks, ", ")).fixedBy("%s", strings.Join(fixes, " "))
			}
			return pass("The app's identity may put certificates at the targets %s.", strings.Join(names, ", "))
		},
	}
}

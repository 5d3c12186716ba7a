package preflight_test

import (
	"context"
	"strings"
	"testing"

	"certgate/internal/delivery"
	"certgate/localstack/armsim"
)

// targets are two, of which one is told of certificates.
type targets struct{ problems, fronts []string }

const environmentID = "/subscriptions/sub/resourceGroups/apps/providers/Microsoft.App/managedEnvironments/env"

func (f *targets) Reach(context.Context) (names, problems []string) {
	return []string{"mail", "apps"}, f.problems
}

func (f *targets) BeforeGateway() []string { return f.fronts }

func (*targets) Rights() []delivery.Right {
	return []delivery.Right{{Target: "apps", Scope: environmentID, Actions: []string{"Microsoft.App/managedEnvironments/certificates/read", "Microsoft.App/managedEnvironments/certificates/write"}, Role: "Container Apps ManagedEnvironments Contributor"}}
}

func TestTargetsAreReachedAndTheirRightsAreThere(t *testing.T) {
	t.Parallel()
	granted := []armsim.Permission{armsim.NetworkContributor()}
	w := newWorld(t, options{permissions: func(scope string) []armsim.Permission {
		if strings.EqualFold(scope, environmentID) {
			return granted
		}
		return []armsim.Permission{armsim.NetworkContributor(), armsim.ManagedIdentityOperator()}
	}})
	found, _ := w.run("")
	w.want(found, "installTargets", "ok", "no target")
	w.want(found, "targetRights", "ok", "no target")

	f := &targets{problems: []string{"Target mail: mail.example.com:465 does not answer."}}
	w.config.Targets = f
	found, _ = w.run("")
	w.want(found, "installTargets", "not", "mail.example.com:465 does not answer")
	w.want(found, "targetRights", "not", "Microsoft.App/managedEnvironments/certificates/read for the target apps", "Container Apps ManagedEnvironments Contributor on "+environmentID)

	f.problems, granted = nil, []armsim.Permission{{Actions: []string{"Microsoft.App/managedEnvironments/*"}}}
	found, _ = w.run("")
	w.want(found, "installTargets", "ok", "mail, apps")
	w.want(found, "targetRights", "ok", "apps")
}

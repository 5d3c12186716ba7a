package storm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"certgate/internal/hostname"
	"certgate/localstack"
	"certgate/localstack/armshelf"
	"certgate/localstack/consumersim"
	"certgate/localstack/pause"
)

// What the services of Azure keep certificates of.
const (
	planID        = localstack.WebGroup + "/providers/Microsoft.Web/serverfarms/plan"
	environmentID = localstack.WebGroup + "/providers/Microsoft.App/managedEnvironments/env"
	profileID     = localstack.WebGroup + "/providers/Microsoft.Cdn/profiles/edge"
)

// targets are what serves certificates besides the gateway, by their names in the settings.
type targets map[string]*targetServer

type targetServer struct {
	*consumersim.Server
	of []Trouble // whose hostnames go there
}

// targetsOf are the kinds of targets: mail looks into the vault by itself, plan and edge are
// services that are told, apps refuses, and stays goes on with what it had first.
var targetsOf = map[string][]Trouble{
	"mail": {Late, Forbids}, "plan": {Late}, "edge": {Late}, "apps": {Forbids}, "stays": {Behind},
}

func startTargets() (targets, error) {
	all := targets{}
	for name, of := range targetsOf {
		server, err := consumersim.Start(consumersim.LeafFirst)
		if err != nil {
			all.close()
			return nil, fmt.Errorf("target %s: %w", name, err)
		}
		all[name] = &targetServer{Server: server, of: of}
	}
	return all, nil
}

func (t targets) close() {
	for _, server := range t {
		server.Close()
	}
}

// settings name the targets for the handler.
func (t targets) settings() []string {
	own := map[string]map[string]any{
		"mail":  {"kind": "endpoint"},
		"plan":  {"kind": "appservice", "location": "westeurope", "plan": planID},
		"edge":  {"kind": "frontdoor", "profile": profileID},
		"apps":  {"kind": "containerapps", "location": "westeurope", "environment": environmentID},
		"stays": {"kind": "endpoint", "withinMinutes": 1},
	}
	for name, options := range own {
		var hostnames []string
		for _, trouble := range t[name].of {
			hostnames = append(hostnames, "*."+trouble.domain())
		}
		options["for"], options["endpoints"] = hostnames, []string{t[name].Address()}
	}
	raw, err := json.Marshal(own)
	must(err)
	return []string{"InstallTargets=" + string(raw), "KeyVaultResourceId=" + localstack.VaultID}
}

// furnish makes the services exist. What one of them has read of the vault is served from
// then on.
func (t targets) furnish(stack *localstack.Stack) {
	for _, id := range []string{planID, environmentID, profileID} {
		stack.Shelf.AddParent(id)
	}
	served := map[string]*targetServer{"appservice": t["plan"], "frontdoor": t["edge"]}
	stack.Shelf.Set(func(o *armshelf.Options) {
		o.Read = func(kind, id string) { _ = served[kind].Pull(context.Background(), stack.Vault, id) }
		o.Deny = func(_, path string) (armshelf.Refusal, bool) {
			return armshelf.Refusal{Status: http.StatusForbidden, Code: "AuthorizationFailed", Message: "The client does not have authorization to perform this action."}, strings.HasPrefix(path, environmentID)
		}
	})
}

// round is how often targets that fetch by themselves do so.
const round = 3 * time.Second

// fetch has targets read the vault, each in its way, until the context ends. A certificate
// that is not there yet comes with a later round.
func (t targets) fetch(ctx context.Context, stack *localstack.Stack, lives []Life) {
	had := map[string]bool{}
	for pause.For(ctx, round) == nil {
		stack.Shelf.Refresh()
		for _, life := range lives {
			host := life.Hostnames[0]
			id := "https://" + localstack.VaultHost + "/secrets/" + hostname.CertificateName(host)
			switch life.Targets {
			case Late, Forbids:
				_ = t["mail"].Pull(ctx, stack.Vault, id)
			case Behind:
				if !had[host] {
					had[host] = t["stays"].Pull(ctx, stack.Vault, id) == nil
				}
			}
		}
	}
}

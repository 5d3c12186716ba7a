package e2e

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/armshelf"
	"certgate/localstack/consumersim"
	"certgate/localstack/localstacktest"
	"certgate/localstack/vaultsim/bundle"
	"certgate/localstack/waittest"
)

type shownTarget struct {
	Name, Served, Problem, Instance string
}

// targetsOf are the targets of a certificate as the API shows them, by name.
func targetsOf(t *testing.T, w *localstacktest.World, name string) map[string]shownTarget {
	t.Helper()
	code, raw := w.Call(http.MethodGet, "/api/certificates/"+name, "")
	var c struct{ Targets []shownTarget }
	if err := json.Unmarshal(raw, &c); err != nil || code != http.StatusOK {
		t.Fatalf("certificate: %d %s", code, raw)
	}
	found := map[string]shownTarget{}
	for _, one := range c.Targets {
		found[one.Name] = one
	}
	return found
}

// underWay are the targets when the delivery of each has begun: that is a moment after the
// end of what has made the version.
func underWay(t *testing.T, w *localstacktest.World, name string) (targets map[string]shownTarget) {
	t.Helper()
	waittest.Until(t, patience, "a delivery to each target has begun", func() bool {
		targets = targetsOf(t, w, name)
		for _, one := range targets {
			if one.Instance == "" {
				return false
			}
		}
		return true
	})
	return targets
}

func consumer(t *testing.T) *consumersim.Server {
	t.Helper()
	s, err := consumersim.Start(consumersim.LeafFirst)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// pushed are the targets that are told of a version: kind, and what the settings say of
// the service. The parent of each exists; that of "gone" does not.
const (
	appPlan     = localstack.WebGroup + "/providers/Microsoft.Web/serverfarms/plan"
	environment = localstack.WebGroup + "/providers/Microsoft.App/managedEnvironments/env"
	pubsub      = localstack.WebGroup + "/providers/Microsoft.SignalRService/webPubSub/live"
	frontDoor   = localstack.WebGroup + "/providers/Microsoft.Cdn/profiles/edge"
	signalr     = localstack.WebGroup + "/providers/Microsoft.SignalRService/signalR/chat"
)

var pushed = map[string]string{
	"appservice":    fmt.Sprintf(`"location":"westeurope","plan":%q`, appPlan),
	"containerapps": fmt.Sprintf(`"location":"westeurope","environment":%q`, environment),
	"webpubsub":     fmt.Sprintf(`"service":%q`, pubsub),
	"frontdoor":     fmt.Sprintf(`"profile":%q`, frontDoor),
	"signalr":       fmt.Sprintf(`"service":%q`, signalr),
}

// Some servers read the vault by themselves, others when a service is told to.
func TestAVersionIsFollowedUntilEveryTargetServesIt(t *testing.T) {
	t.Parallel()
	const host, name = "shop.example.test", "shop-example-test"
	const secret = "https://" + localstack.VaultHost + "/secrets/" + name
	var cluster consumersim.Cluster
	aks, err := consumersim.Start(func(b bundle.Bundle) ([]*x509.Certificate, error) { return cluster.Order(b) })
	must(t, err)
	t.Cleanup(func() { aks.Close() })
	quick, slow := consumer(t), consumer(t)
	told := fmt.Sprintf(`"gone":{"kind":"webpubsub","for":[%q],"endpoints":[%q],"service":%q}`, host, quick.Address(), pubsub+"s")
	services := map[string]*consumersim.Server{}
	for kind, options := range pushed {
		services[kind] = consumer(t)
		told += fmt.Sprintf(`,%q:{"kind":%q,"for":[%q],"endpoints":[%q],%s}`, kind, kind, host, services[kind].Address(), options)
	}
	w := localstacktest.Start(t, localstack.Options{Env: []string{fmt.Sprintf(
		`InstallTargets={"quick":{"kind":"endpoint","for":["*.example.test"],"endpoints":[%q]},"slow":{"kind":"endpoint","for":[%q],"endpoints":[%q]},"others":{"kind":"endpoint","for":["other.example.test"]},"aks":{"kind":"kubernetes","from":"akv2k8s","for":[%q],"service":"web","endpoints":[%q]},%s}`,
		quick.Address(), host, slow.Address(), host, aks.Address(), told), "KeyVaultResourceId=" + localstack.VaultID}})
	for _, id := range []string{appPlan, environment, pubsub, signalr, frontDoor} {
		w.Shelf.AddParent(id)
	}
	w.Shelf.Set(func(o *armshelf.Options) {
		o.Read = func(kind, _ string) { must(t, services[kind].Pull(t.Context(), w.Vault, secret)) }
	})
	go quick.PullEvery(t.Context(), 200*time.Millisecond, w.Vault, secret)
	completes(t, w, w.Request(host))

	targets := underWay(t, w, name)
	if len(targets) != 4+len(pushed) {
		t.Fatalf("targets %+v", targets)
	}
	delivered := func(id string) {
		t.Helper()
		s := w.Finish(id, patience)
		if s.RuntimeStatus != "Completed" || !strings.Contains(string(s.Output), `"result":"served"`) {
			t.Errorf("the delivery ended %s %+v %s", s.RuntimeStatus, s.CustomStatus, s.Output)
		}
	}
	delivered(targets["quick"].Instance)
	for kind := range pushed {
		delivered(targets[kind].Instance)
	}
	if s := w.Finish(targets["gone"].Instance, patience); s.CustomStatus.Error != "TargetResourceNotFound" {
		t.Errorf("the delivery to a service that is not there ended %s %+v", s.RuntimeStatus, s.CustomStatus)
	}
	w.Until(targets["slow"].Instance, patience, func(s apiclient.Instance) bool {
		return strings.Contains(s.CustomStatus.Message, slow.Address()+" has no certificate for "+host)
	})
	if slow := targets["slow"]; slow.Served != "none" || slow.Problem == "" {
		t.Errorf("the slow one is shown as %+v", slow)
	}
	must(t, slow.Pull(t.Context(), w.Vault, secret))
	delivered(targets["slow"].Instance)
	if slow := targetsOf(t, w, name)["slow"]; slow.Served != "current" || slow.Problem != "" {
		t.Errorf("the slow one is shown as %+v", slow)
	}

	// The cluster does what the manifest says, from now on by itself.
	code, manifest := w.Call(http.MethodGet, "/api/certificates/"+name+"/documents?target=aks", "")
	if code != http.StatusOK {
		t.Fatalf("documents: %d %s", code, manifest)
	}
	cluster, err = consumersim.Apply(string(manifest), strings.TrimPrefix(localstack.VaultHost, "certgate-local"))
	must(t, err)
	go aks.PullEvery(t.Context(), 200*time.Millisecond, w.Vault, cluster.SecretID)
	delivered(targets["aks"].Instance)

	status, body := w.Call("POST", "/api/certificates/"+name+"/renew", "")
	var renewal struct{ ID string }
	if err := json.Unmarshal(body, &renewal); err != nil || status != http.StatusAccepted {
		t.Fatalf("renew: %d %s", status, body)
	}
	completes(t, w, renewal.ID)
	targets = underWay(t, w, name)
	w.Shelf.Refresh() // Front Door fetches it by itself
	delivered(targets["quick"].Instance)
	delivered(targets["aks"].Instance)
	for kind := range pushed {
		delivered(targets[kind].Instance)
	}
	puts := map[string]int{}
	for _, id := range w.Shelf.Puts() {
		puts[id]++
	}
	for _, id := range []string{localstack.WebGroup + "/providers/Microsoft.Web/certificates/" + name, environment + "/certificates/" + name, pubsub + "/customCertificates/" + name, signalr + "/customCertificates/" + name} {
		if puts[id] != 2 {
			t.Errorf("%d PUTs of %s, want one for each version: %v", puts[id], id, puts)
		}
	}
	w.Until(targets["slow"].Instance, patience, func(s apiclient.Instance) bool {
		return strings.Contains(s.CustomStatus.Message, slow.Address()+" still serves an older certificate for "+host)
	})
	if slow := targets["slow"]; slow.Served != "previous" {
		t.Errorf("the slow one is shown as %+v", slow)
	}
	must(t, slow.Pull(t.Context(), w.Vault, secret))
	delivered(targets["slow"].Instance)
}

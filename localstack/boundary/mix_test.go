package boundary_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/internal/certimport/certimporttest"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/renewal"
	"certgate/internal/issuance/survey"
	"certgate/internal/issuance/watch"
	"certgate/localstack"
	"certgate/localstack/armshelf"
	"certgate/localstack/boundary"
	"certgate/localstack/consumersim"
	"certgate/localstack/localstacktest"
	"certgate/localstack/vaultsim"
	"certgate/localstack/waittest"
)

const (
	// patience is for one scenario on a busy machine.
	patience = 4 * time.Minute
	// nextTime is how soon a timer comes again whose function was killed.
	nextTime = 3 * time.Second
)

// The hostnames of the mix.
const (
	shop     = "shop.zoned.test"       // with another: issued, a renewal fails, the next does not, its first version revoked
	mail     = "mail.example.test"     // issued, moved to the second gateway, retired
	slow     = "slow.example.test"     // terminated with its parent while the vault makes it wait
	broken   = "broken.zoned.test"     // with another: is to take a listener over, fails with an order, a file, a TXT record and nothing to show for it
	uploaded = "uploaded.example.test" // imported
	unlucky  = "unlucky.example.test"  // imported when the gateway has been stopped
	wasted   = "wasted.example.test"   // issued, and the gateway may not read its secret
)

// mix is one stack on which every step of every flow is taken, and the killer.
type mix struct {
	*localstacktest.World
	t      *testing.T
	at     boundary.Boundary
	killer *boundary.Killer
	told   *receiver
	// oneName: one of the releases knows no certificate of several hostnames.
	oneName bool

	mu     sync.Mutex
	denied map[string]vaultsim.Refusal // by path
}

// start starts the stack. The handler gets one message at a time: with more, a
// kill would meet other turns anywhere, and which boundary was whose could not be
// told. What many at once do to each other is for the storm to find out.
//
// With the handlers of two releases the first begins, and each kill changes the
// release: what one has begun, the other goes on with.
func start(t *testing.T, at boundary.Boundary, releases ...string) *mix {
	t.Helper()
	edge, live := consumer(t), consumer(t)
	const service = localstack.WebGroup + "/providers/Microsoft.SignalRService/webPubSub/live"
	m := &mix{t: t, at: at, killer: boundary.New(at), told: newReceiver(t), denied: map[string]vaultsim.Refusal{}, oneName: len(releases) > 0}
	const queues = "AzureFunctionsJobHost__extensions__queues__"
	options := localstack.Options{
		OnHandlerStart: m.killer.HandlerStarted, Witness: m.killer.Witness(), MaxHandlerErrors: 1000,
		NonceReject: 20, SecretPoll: time.Second,
		Env: []string{
			queues + "batchSize=1", queues + "newBatchThreshold=0", queues + "visibilityTimeout=00:00:00", queues + "maxPollingInterval=00:00:00.2",
			"NotificationWebhooks=json=" + m.told.URL,
		},
	}
	if len(releases) > 0 {
		options.Handler = releases[0]
		options.Env = append(options.Env, "NotificationEvents=completed,failed")
	} else { // what one of the releases does not know
		options.Env = append(options.Env, "NotificationEvents=completed,failed,notDelivered",
			fmt.Sprintf(`InstallTargets={"edge":{"kind":"endpoint","for":[%q],"endpoints":[%q]},"live":{"kind":"webpubsub","for":[%q],"endpoints":[%q],"service":%q}}`, shop, edge.Address(), shop, live.Address(), service))
		options.Gateways = 2
		options.Zones = map[string]string{"zoned.test": "shop A 127.0.0.1\nbroken A 127.0.0.1"}
	}
	m.World = localstacktest.Start(t, options)
	m.DenyVault(m.refusal)
	m.Door.SetHooks(m.killer.Hooks())
	m.killer.Attach(m.kill(releases))
	secret := "https://" + localstack.VaultHost + "/secrets/" + name(shop)
	go edge.PullEvery(t.Context(), time.Second, m.Vault, secret)
	m.Shelf.AddParent(service)
	m.Shelf.Set(func(o *armshelf.Options) {
		o.Read = func(string, string) { _ = live.Pull(context.Background(), m.Vault, secret) } // what it could not read, the next look shows
	})
	return m
}

// consumer serves certificates beside the gateway.
func consumer(t *testing.T) *consumersim.Server {
	t.Helper()
	s, err := consumersim.Start(consumersim.LeafFirst)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// kill ends the handler; with several releases the next one is started in its place.
func (m *mix) kill(releases []string) func() error {
	kills := 0
	return func() error { // one at a time
		if kills++; len(releases) > 0 {
			if err := m.UseHandler(releases[kills%len(releases)]); err != nil {
				return err
			}
		}
		return m.Host.KillHandler()
	}
}

// run asks for everything there is, and looks what came of it.
func (m *mix) run() {
	m.t.Helper()
	m.deny(broken, vaultsim.Forbidden())
	m.deny(slow, vaultsim.Throttled(time.Second))
	many := m.ask(http.MethodPost, "/api/AddMultipleCertificatesFunctions_HttpStart", hostnames(mail))
	issues := m.askForTwo(shop)
	stopped := m.ask(http.MethodPost, "/api/AddMultipleCertificatesFunctions_HttpStart", hostnames(slow))
	fails := m.askForTakeOver(broken)
	imports := m.ask(http.MethodPost, "/api/ImportCertificateFunctions_HttpStart", certimporttest.New(m.t, time.Now(), uploaded).Body(uploaded))
	m.waits(issuance.Claim(slow), "CreateCertificateStep")
	m.ask(http.MethodPost, "/api/instances/"+stopped+"/terminate?reason=changed+my+mind", "")
	m.childrenEnd(many)
	m.ends(many, durable.Completed, "")
	m.ends(issues, durable.Completed, "")
	m.ends(stopped, durable.Terminated, "")
	m.ends(fails, durable.Failed, issuance.CodeVaultAccessDenied)
	m.ends(imports, durable.Completed, "")

	first := m.certificate(shop).Version
	m.deny(shop, vaultsim.Forbidden())
	fails = m.ask(http.MethodPost, "/api/certificates/"+name(shop)+"/renew", "")
	m.ends(fails, durable.Failed, issuance.CodeVaultAccessDenied)
	m.allow(shop)
	renews := m.ask(http.MethodPost, "/api/certificates/"+name(shop)+"/renew", "")
	m.ends(renews, durable.Completed, "")

	m.moves(mail)
	revokes := m.ask(http.MethodPost, "/api/certificates/"+name(shop)+"/revoke", `{"reason":"superseded","version":"`+first+`"}`)
	retires := m.ask(http.MethodDelete, "/api/certificates/"+name(mail)+"?revoke=true", "")
	m.ends(revokes, durable.Completed, "")
	m.ends(retires, durable.Completed, "")

	m.fire("RenewCertificates", renewal.Flow)
	if m.oneName { // one of the releases has no survey
		m.fire("Watch", watch.Flow)
	} else {
		m.fire("Watch", watch.Flow, survey.Flow)
	}
	m.look(first)

	if !m.oneName { // a release that does not note it has no such step
		m.denySecret(wasted)
		fails = m.ask(http.MethodPost, "/api/AddCertificateFunctions_HttpStart", hostnames(wasted))
		m.ends(fails, durable.Failed, issuance.CodeGatewayRefused)
	}
	// A gateway that may not be written makes the lane fail and tell who waits.
	if err := m.ARM.Stop(localstack.GatewayID); err != nil {
		m.t.Fatal(err)
	}
	imports = m.ask(http.MethodPost, "/api/ImportCertificateFunctions_HttpStart", certimporttest.New(m.t, time.Now(), unlucky).Body(unlucky))
	m.ends(imports, durable.Failed, issuance.CodeGatewayStopped)
	m.nothingLeft()
}

// moves has the second gateway alone serve a hostname. A release before several gateways
// cannot be asked for that.
func (m *mix) moves(hostname string) {
	m.t.Helper()
	if m.oneName {
		return
	}
	if err := m.Pebble.DNS().AddA(m.t.Context(), hostname, localstack.GatewayAddress(1)); err != nil {
		m.t.Fatal(err)
	}
	moves := m.ask(http.MethodPut, "/api/certificates/"+name(hostname), strings.TrimSuffix(hostnames(hostname), "}")+`,"gateways":["`+localstack.GatewayName(1)+`"],"removeGateways":true}`)
	m.ends(moves, durable.Completed, "")
	if here, there := m.Listeners(), m.ListenersOn(1); slices.Contains(here, hostname) || !slices.Equal(there, []string{hostname}) {
		m.t.Errorf("%s has moved: the first gateway has %q, the second %q", hostname, here, there)
	}
}

func name(hostname string) string { return strings.ReplaceAll(hostname, ".", "-") }

func hostnames(all ...string) string {
	var in issuance.Input
	for _, h := range all {
		in.Hostnames = append(in.Hostnames, issuance.InputHostname{Hostname: h})
	}
	body, _ := json.Marshal(in) // strings alone
	return string(body)
}

// with adds a member to a body.
func with(body, member string) string { return strings.TrimSuffix(body, "}") + "," + member + "}" }

// deny makes the vault refuse a new version.
func (m *mix) deny(hostname string, r vaultsim.Refusal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.denied["/certificates/"+name(hostname)+"/create"] = r
}

// denySecret lets nobody read the certificate with its key, so that the gateway refuses it.
func (m *mix) denySecret(hostname string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.denied["/secrets/"+name(hostname)] = vaultsim.Forbidden()
}

// allow ends that.
func (m *mix) allow(hostname string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.denied, "/certificates/"+name(hostname)+"/create")
}

// beside is the other hostname of a certificate, which is proved by http-01: the first
// one's zone is the app's to change.
func beside(hostname string) string { return strings.Replace(hostname, "zoned", "example", 1) }

// askForTwo asks for one certificate of a hostname and the one beside it.
func (m *mix) askForTwo(hostname string) string {
	m.t.Helper()
	if m.oneName {
		return m.ask(http.MethodPost, "/api/AddCertificateFunctions_HttpStart", hostnames(hostname))
	}
	return m.ask(http.MethodPost, "/api/AddSanCertificateFunctions_HttpStart", with(hostnames(hostname, beside(hostname)), `"options":{"keyType":"EC-P384","profile":"default"}`))
}

// askForTakeOver asks for two like askForTwo, and the first has a listener already, with a
// certificate that somebody uploaded.
func (m *mix) askForTakeOver(hostname string) string {
	m.t.Helper()
	if m.oneName {
		return m.askForTwo(hostname)
	}
	o := localstacktest.Others{T: m.t, W: m.World}
	pfx, _ := o.Certificate(hostname, 24*time.Hour)
	o.Changes(func(p map[string]any, ref func(string, string) any) {
		localstacktest.Add(p, "sslCertificates", name(hostname), map[string]any{"data": pfx, "password": ""})
		foreignListener(p, ref, name(hostname), hostname, 500)
	})
	return m.ask(http.MethodPost, "/api/AddSanCertificateFunctions_HttpStart", with(hostnames(hostname, beside(hostname)), `"takeOver":true`))
}

func (m *mix) refusal(_, path string) (vaultsim.Refusal, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, denied := m.denied[path]
	return r, denied
}

// call talks to the API, where no kill breaks that; but a start is broken by one,
// and the one that asked for it asks again.
func (m *mix) call(talk func()) {
	if m.at == boundary.BeforeFirstMessage {
		talk()
		return
	}
	m.killer.Call(talk)
}

// ask makes a call of the API that is accepted, and returns the id in the reply
// if there is one.
func (m *mix) ask(method, path, body string) (id string) {
	m.t.Helper()
	m.call(func() {
		code, raw := m.Call(method, path, body)
		for end := time.Now().Add(patience); code >= 500 && m.at == boundary.BeforeFirstMessage && time.Now().Before(end); {
			code, raw = m.Call(method, path, body)
		}
		var reply struct{ ID string }
		if code != http.StatusAccepted || len(raw) > 0 && json.Unmarshal(raw, &reply) != nil {
			m.t.Fatalf("%s %s: %d %s", method, path, code, raw)
		}
		id = reply.ID
	})
	return id
}

// fire runs a timer's function, and waits until the flows that it starts have
// completed. A kill, of this function or of a step beside it, may leave it half done:
// what it has not started, or not set going, waits for its next time, which comes soon
// here. It comes for nothing else: one more walk could be left half started at the end.
func (m *mix) fire(function string, flows ...string) {
	m.t.Helper()
	run := func() {
		if code, raw := m.Call(http.MethodPost, "/admin/functions/"+function, "{}"); code != http.StatusAccepted {
			m.t.Fatalf("fire %s: %d %s", function, code, raw)
		}
	}
	m.call(func() {
		run()
		again := time.Now().Add(nextTime)
		for _, flow := range flows {
			m.until("an instance of "+flow, func(inst durable.Instance) bool {
				if time.Now().After(again) {
					run()
					again = time.Now().Add(nextTime)
				}
				return inst.Flow == flow && m.killer.Started(inst.ID)
			})
		}
	})
	for _, flow := range flows {
		m.until("an instance of "+flow+" that has completed", func(inst durable.Instance) bool {
			return inst.Flow == flow && inst.Status == durable.Completed
		})
	}
}

// waits waits until the instance with the claim waits in a step.
func (m *mix) waits(claim, step string) {
	m.t.Helper()
	m.until(claim+" that waits in "+step, func(inst durable.Instance) bool {
		return inst.Claim == claim && inst.Step == step && inst.WaitingFor != ""
	})
}

// childrenEnd waits until nothing of a parent is left but to notice that, and wakes
// it: it looks the less often the longer they take.
func (m *mix) childrenEnd(parent string) {
	m.t.Helper()
	m.until("the end of the children of "+parent, func(inst durable.Instance) bool {
		return inst.ID == parent && (inst.Status.Ended() || inst.WaitingFor != "" && !m.hasChildren(parent))
	})
	m.call(func() {
		raise := func() (int, []byte) {
			return m.Call(http.MethodPost, "/api/instances/"+parent+"/raiseEvent/ChildrenEnded", "{}")
		}
		code, raw := raise()
		for end := time.Now().Add(patience); code >= 500 && m.at == boundary.BeforeFirstMessage && time.Now().Before(end); {
			code, raw = raise() // a kill at the start of something else met the call
		}
		if code != http.StatusAccepted && code != http.StatusGone { // it has noticed by itself
			m.t.Fatalf("raise an event: %d %s", code, raw)
		}
	})
}

// hasChildren reports whether a child is still at work.
func (m *mix) hasChildren(parent string) bool {
	return slices.ContainsFunc(m.killer.Instances(), func(inst durable.Instance) bool {
		return inst.Parent == parent && !inst.Status.Ended()
	})
}

// ends waits for the end of an instance, which must be the given one.
func (m *mix) ends(id string, status durable.RuntimeStatus, code string) {
	m.t.Helper()
	inst := m.until("the end of "+id, func(inst durable.Instance) bool { return inst.ID == id && inst.Status.Ended() })
	if inst.Status != status || inst.Custom.Error != code {
		m.t.Errorf("%s of %s ended %s %+v, want %s %s", inst.Flow, inst.Claim, inst.Status, inst.Custom, status, code)
	}
}

// until waits for an instance that is as wanted.
func (m *mix) until(what string, wanted func(durable.Instance) bool) durable.Instance {
	m.t.Helper()
	var found durable.Instance
	if waittest.Holds(patience, func() bool {
		if err := m.killer.Err(); err != nil {
			m.t.Fatal(err)
		}
		all := m.killer.Instances()
		i := slices.IndexFunc(all, wanted)
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	}) {
		return found
	}
	for _, inst := range m.killer.Instances() {
		if !inst.Status.Ended() {
			m.t.Logf("%s of %s (%s) is in %s: %s", inst.Flow, inst.Claim, inst.ID, inst.Step, inst.WaitingFor)
		}
	}
	m.t.Fatalf("not within %s: %s", patience, what)
	return durable.Instance{}
}

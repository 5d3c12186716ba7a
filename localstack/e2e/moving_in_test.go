package e2e

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/acmebotsim"
	"certgate/localstack/localstacktest"
	"certgate/localstack/waittest"
)

// moving names the variable that lets the proof run: make movingtest sets it.
const moving = "CERTGATE_MOVING_IN"

// The gateway of the proof: 41 certificates of acmebot's in certgate's vault, 9 that were
// uploaded, 10 listeners that certgate cannot take.
const adopted, ordered, refused = 41, 9, 10

// A gateway of sixty listeners moves in, while a prober asks for each of them: nothing is
// written and nothing ordered for what is adopted, one write serves what is ordered, and no
// handshake fails.
func TestSixtyListenersMoveInWithoutOneFailedHandshake(t *testing.T) {
	if os.Getenv(moving) == "" {
		t.Skip(moving + " is not set: make movingtest sets it")
	}
	w := localstacktest.Start(t, localstack.Options{})
	o := localstacktest.Others{T: t, W: w}
	names := fill(o)
	served := append(numberedNames("bot", adopted), numberedNames("pfx", ordered)...)
	for _, name := range served {
		waittest.Until(t, patience, name+" is served", func() bool { return handshake(w, name+".example.test") == nil })
	}
	stop, probes := probe(t, w, served)

	plan := planOf(t, w, names, true)
	if plan.Sum.Adopt != adopted || plan.Sum.Order != ordered || plan.Sum.Refused != refused || plan.Sum.GatewayWrites != 1 || plan.Sum.OrdersNow != ordered {
		t.Fatalf("the dry run says %+v", plan.Sum)
	}
	for _, v := range plan.Listeners {
		if v.Verdict == "refused" && (v.Code == "" || v.Message == "") {
			t.Errorf("refused without a reason: %+v", v)
		}
	}
	writes, orders := w.ARM.Puts(), w.Orders()
	var bots []string
	for _, name := range names {
		if strings.HasPrefix(name, "bot") {
			bots = append(bots, name)
		}
	}
	if r := ends(t, w, takeOver(t, w, bots)); r.Completed != adopted {
		t.Fatalf("adopted %+v", r)
	}
	if got := w.ARM.Puts() - writes; got != 0 {
		t.Errorf("adopting wrote the gateway %d times", got)
	}
	if got := w.Orders() - orders; got != 0 {
		t.Errorf("adopting placed %d orders", got)
	}
	var rest []string
	for _, name := range names {
		if !strings.HasPrefix(name, "bot") {
			rest = append(rest, name)
		}
	}
	if r := ends(t, w, takeOver(t, w, rest)); r.Completed != ordered || r.Failed != refused {
		t.Fatalf("ordered %+v", r)
	}
	if got := w.ARM.Puts() - writes; got != 1 {
		t.Errorf("ordering wrote the gateway %d times", got)
	}
	if got := w.Orders() - orders; got != ordered {
		t.Errorf("%d orders", got)
	}

	// acmebot renews none of the adopted, and all of the others.
	bot := acmebotsim.New(w.Vault, w.Token("https://vault.azure.net"), "https://"+localstack.VaultHost, "acme-v02.api.letsencrypt.org")
	due, err := bot.Due(t.Context(), time.Now().Add(70*24*time.Hour))
	if err != nil || fmt.Sprint(due) != "[left-0 left-1 left-2 wild]" {
		t.Errorf("acmebot would renew %v, %v", due, err)
	}

	// One that was adopted is renewed, and five go back.
	renews := accepted(t, w, http.MethodPost, "/api/certificates/bot-0/renew", "")
	if i := w.Finish(renews, patience); i.RuntimeStatus != "Completed" {
		t.Errorf("the renewal of an adopted one: %s %+v", i.RuntimeStatus, i.CustomStatus)
	}
	for _, name := range []string{"bot-1", "bot-2", "bot-3", "pfx-0", "pfx-1"} {
		if i := w.Finish(accepted(t, w, http.MethodPost, "/api/listeners/"+name+"/giveBack", ""), patience); i.RuntimeStatus != "Completed" {
			t.Errorf("%s goes back: %s %+v", name, i.RuntimeStatus, i.CustomStatus)
		}
	}
	if due, err := bot.Due(t.Context(), time.Now().Add(70*24*time.Hour)); err != nil || len(due) != 7 {
		t.Errorf("afterwards acmebot would renew %v, %v", due, err)
	}
	if made, err := bot.Renew(t.Context(), "bot-1"); err != nil || made == "" {
		t.Errorf("acmebot renews what it got back: %s, %v", made, err)
	}
	if failed := stop(); failed > 0 {
		t.Errorf("%d of %d handshakes failed", failed, probes.Load())
	}
	t.Logf("%d handshakes, none failed", probes.Load())
}

func numberedNames(prefix string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("%s-%d", prefix, i))
	}
	return names
}

// fill puts sixty listeners on the gateway, and three certificates into the vault that are
// acmebot's and not on it.
func fill(o localstacktest.Others) (names []string) {
	o.Helper()
	acmebot := map[string]string{"Acmebot": `{"endpoint":"acme-v02.api.letsencrypt.org","dnsProvider":"Azure DNS"}`, "CostCentre": "4711"}
	secret := "https://" + localstack.VaultHost + "/secrets/"
	for _, name := range append(numberedNames("bot", adopted), numberedNames("left", 3)...) {
		o.Imports(name, name+".example.test", 24*time.Hour, acmebot)
	}
	o.Imports("wild", "*.example.test", 24*time.Hour, acmebot)
	pfx := map[string]string{}
	for _, name := range numberedNames("pfx", ordered) {
		pfx[name], _ = o.Certificate(name+".example.test", 24*time.Hour)
	}
	o.Changes(func(p map[string]any, ref func(string, string) any) {
		listen := func(name, entry string, more map[string]any) {
			members := map[string]any{"protocol": "Https", "frontendIPConfiguration": ref("frontendIPConfigurations", "public"), "frontendPort": ref("frontendPorts", "port-https"), "sslCertificate": ref("sslCertificates", entry)}
			for k, v := range more {
				members[k] = v
			}
			localstacktest.Add(p, "httpListeners", name, members)
			localstacktest.Add(p, "requestRoutingRules", name, map[string]any{"priority": 500 + len(names), "ruleType": "Basic", "httpListener": ref("httpListeners", name),
				"backendAddressPool": ref("backendAddressPools", "app"), "backendHttpSettings": ref("backendHttpSettingsCollection", "app-settings")})
			names = append(names, name)
		}
		for _, name := range numberedNames("bot", adopted) {
			localstacktest.Add(p, "sslCertificates", name, map[string]any{"keyVaultSecretId": secret + name})
			listen(name, name, map[string]any{"hostName": name + ".example.test"})
		}
		for _, name := range numberedNames("pfx", ordered) {
			localstacktest.Add(p, "sslCertificates", name, map[string]any{"data": pfx[name], "password": ""})
			listen(name, name, map[string]any{"hostName": name + ".example.test"})
		}
		localstacktest.Add(p, "sslCertificates", "wild", map[string]any{"keyVaultSecretId": secret + "wild"})
		for _, name := range numberedNames("no", refused) { // a wildcard needs a proof by DNS, and there is no account
			listen(name, "wild", map[string]any{"hostNames": []string{"*." + name + ".example.test"}})
		}
	})
	return names
}

func handshake(w *localstacktest.World, hostname string) error {
	// Nobody trusts these certificates: only that one for the name is served counts.
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(w.Ports.GatewayHTTPS)), &tls.Config{ServerName: hostname, InsecureSkipVerify: true})
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].VerifyHostname(hostname)
}

// probe opens TLS ten times a second, each time for the next listener.
func probe(t *testing.T, w *localstacktest.World, names []string) (stop func() (failed int64), probes *atomic.Int64) {
	t.Helper()
	var failed atomic.Int64
	probes = &atomic.Int64{}
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-tick.C:
				all.Go(func() { // a slow one does not hold up the next
					probes.Add(1)
					if err := handshake(w, names[i%len(names)]+".example.test"); err != nil {
						failed.Add(1)
						t.Logf("%s: %v", names[i%len(names)], err)
					}
				})
			}
		}
	})
	return func() int64 { close(done); all.Wait(); return failed.Load() }, probes
}

type plan struct {
	Listeners []struct{ Listener, Verdict, Code, Message string }
	Sum       struct{ Adopt, Order, Refused, GatewayWrites, OrdersNow int }
}

func planOf(t *testing.T, w *localstacktest.World, names []string, dry bool) (p plan) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"listeners": names, "dryRun": dry})
	if err != nil {
		t.Fatal(err)
	}
	code, raw := w.Call(http.MethodPost, "/api/takeovers", string(body))
	if err := json.Unmarshal(raw, &p); code != http.StatusOK || err != nil {
		t.Fatalf("dry run: %d %s", code, raw)
	}
	return p
}

func takeOver(t *testing.T, w *localstacktest.World, names []string) (id string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"listeners": names})
	if err != nil {
		t.Fatal(err)
	}
	return accepted(t, w, http.MethodPost, "/api/takeovers", string(body))
}

func accepted(t *testing.T, w *localstacktest.World, method, path, body string) string {
	t.Helper()
	var reply struct{ ID string }
	code, raw := w.Call(method, path, body)
	if err := json.Unmarshal(raw, &reply); code != http.StatusAccepted || err != nil {
		t.Fatalf("%s %s: %d %s", method, path, code, raw)
	}
	return reply.ID
}

type counted struct{ Completed, Failed int }

// ends is how the children of a take-over ended.
func ends(t *testing.T, w *localstacktest.World, id string) (c counted) {
	t.Helper()
	i := w.Finish(id, patience)
	if err := json.Unmarshal(i.Output, &c); err != nil {
		t.Fatalf("%s %+v %s", i.RuntimeStatus, i.CustomStatus, i.Output)
	}
	return c
}

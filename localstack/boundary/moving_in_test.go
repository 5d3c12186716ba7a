package boundary_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/survey"
	"certgate/localstack"
	"certgate/localstack/boundary"
	"certgate/localstack/localstacktest"
)

// moving names the variable that lets the mix of take-overs run.
const moving = "CERTGATE_MOVING_IN"

// A take-over, the way back and an unpinning are killed in each of their steps, and end as
// if they had not been: tags once, one record, the reference as it should be.
func TestATakeOverEndsTheSameWhereverItIsKilled(t *testing.T) {
	if os.Getenv(moving) == "" {
		t.Skip(moving + " is not set: make movingtest sets it")
	}
	for _, at := range append(boundary.Boundaries(), boundary.BeforeFirstMessage) {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			m := start(t, at)
			m.moveIn()
			m.killedEverywhere(boundary.MovingIn())
		})
	}
}

var acmebots = map[string]string{"Acmebot": `{"endpoint":"acme-v02.api.letsencrypt.org"}`, "CostCentre": "4711"}

// moveIn takes over what others have put on the gateway, and gives some of it back.
func (m *mix) moveIn() {
	m.t.Helper()
	o := localstacktest.Others{T: m.t, W: m.World}
	secret := "https://" + localstack.VaultHost + "/secrets/"
	versions := map[string]string{}
	for _, name := range []string{"bot", "back", "busy", "pinned", "apart"} {
		versions[name] = o.Imports(name, name+".example.test", 24*time.Hour, acmebots)
	}
	pfx, _ := o.Certificate("old.example.test", 24*time.Hour)
	older, _ := o.Certificate("older.example.test", 24*time.Hour)
	o.Changes(func(p map[string]any, ref func(string, string) any) {
		for _, name := range []string{"bot", "back", "busy"} {
			localstacktest.Add(p, "sslCertificates", name, map[string]any{"keyVaultSecretId": secret + name})
		}
		for _, name := range []string{"pinned", "apart"} {
			localstacktest.Add(p, "sslCertificates", name, map[string]any{"keyVaultSecretId": secret + name + "/" + versions[name]})
		}
		localstacktest.Add(p, "sslCertificates", "old", map[string]any{"data": pfx, "password": ""})
		localstacktest.Add(p, "sslCertificates", "older", map[string]any{"data": older, "password": ""})
		for i, name := range []string{"bot", "back", "busy", "pinned", "apart", "old", "older"} {
			foreignListener(p, ref, name, name+".example.test", 500+i)
		}
	})
	m.fire("Watch", survey.Flow)
	// acmebot is at work on one of them.
	o.Azure(m.Vault, "https://vault.azure.net", http.MethodPost, "https://"+localstack.VaultHost+"/certificates/busy/create?api-version=7.6", map[string]any{
		"tags": acmebots, "policy": map[string]any{"issuer": map[string]any{"name": "Unknown"}, "x509_props": map[string]any{"subject": "CN=busy.example.test"}}})

	takes := m.ask(http.MethodPost, "/api/takeovers", `{"listeners":["bot","back","pinned","old","older"]}`)
	stopped := m.ask(http.MethodPost, "/api/takeovers", `{"listeners":["busy"],"how":"adopt"}`)
	unpins := m.ask(http.MethodPost, "/api/listeners/apart/unpin", "")
	m.waits(issuance.Claim("busy.example.test"), "AwaitQuietVaultStep")
	m.ask(http.MethodPost, "/api/instances/"+stopped+"/terminate?reason=changed+my+mind", "")
	m.childrenEnd(takes)
	m.ends(takes, durable.Completed, "")
	m.ends(stopped, durable.Terminated, "")
	m.ends(unpins, durable.Completed, "")
	for _, name := range []string{"back", "old", "older"} {
		m.ends(m.ask(http.MethodPost, "/api/listeners/"+name+"/giveBack", ""), durable.Completed, "")
	}

	adopted := map[string]string{"Hostname": "bot.example.test", "ManagedBy": "certgate", "CostCentre": "4711"}
	for name, want := range map[string]map[string]string{"bot": adopted, "back": acmebots, "busy": acmebots, "apart": acmebots} {
		if diff := cmp.Diff(want, m.tags(o, name)); diff != "" {
			m.t.Errorf("tags of %s (-want +got):\n%s", name, diff)
		}
	}
	entries, listeners := m.document()
	for _, name := range []string{"pinned", "apart"} {
		if entries[name] != secret+name {
			m.t.Errorf("%s refers to %s", name, entries[name])
		}
	}
	if listeners["old"] != "old" {
		m.t.Errorf("the listener old has the certificate %s", listeners["old"])
	}
	for _, name := range []string{"bot", "pinned"} {
		if n := m.Versions(name); n != 1 {
			m.t.Errorf("%s has %d versions", name, n)
		}
	}
	if n := m.poison(); n > 0 {
		m.t.Errorf("%d messages in the poison queue", n)
	}
}

// foreignListener puts a listener for the hostname on the gateway, with its rule and the
// certificate entry of its name.
func foreignListener(p map[string]any, ref func(string, string) any, name, hostname string, priority int) {
	localstacktest.Add(p, "httpListeners", name, map[string]any{"protocol": "Https", "hostName": hostname, "frontendIPConfiguration": ref("frontendIPConfigurations", "public"),
		"frontendPort": ref("frontendPorts", "port-https"), "sslCertificate": ref("sslCertificates", name)})
	localstacktest.Add(p, "requestRoutingRules", name, map[string]any{"priority": priority, "ruleType": "Basic", "httpListener": ref("httpListeners", name),
		"backendAddressPool": ref("backendAddressPools", "app"), "backendHttpSettings": ref("backendHttpSettingsCollection", "app-settings")})
}

func (m *mix) tags(o localstacktest.Others, name string) map[string]string {
	m.t.Helper()
	var c struct{ Tags map[string]string }
	raw := o.Azure(m.Vault, "https://vault.azure.net", http.MethodGet, "https://"+localstack.VaultHost+"/certificates/"+name+"?api-version=7.6", nil)
	if err := json.Unmarshal(raw, &c); err != nil {
		m.t.Fatal(err)
	}
	return c.Tags
}

// document is what entries refer to, and which entry listeners have.
func (m *mix) document() (entries, listeners map[string]string) {
	m.t.Helper()
	var doc struct {
		Properties struct {
			SSLCertificates []struct {
				Name       string
				Properties struct{ KeyVaultSecretID string }
			}
			HTTPListeners []struct {
				Name       string
				Properties struct{ SSLCertificate struct{ ID string } }
			}
		}
	}
	raw, _ := m.ARM.Document(localstack.GatewayID)
	if err := json.Unmarshal(raw, &doc); err != nil {
		m.t.Fatal(err)
	}
	entries, listeners = map[string]string{}, map[string]string{}
	for _, c := range doc.Properties.SSLCertificates {
		entries[c.Name] = c.Properties.KeyVaultSecretID
	}
	for _, l := range doc.Properties.HTTPListeners {
		listeners[l.Name] = l.Properties.SSLCertificate.ID[strings.LastIndexByte(l.Properties.SSLCertificate.ID, '/')+1:]
	}
	return entries, listeners
}

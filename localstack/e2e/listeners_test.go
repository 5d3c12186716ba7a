package e2e

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/localstacktest"
	"certgate/localstack/waittest"
)

type surveyed struct {
	Kind, Name, State, Reason, Fix, Source, Pinned string
	Hostnames                                      []string
	RenewedBy                                      struct{ Who string }
	Served                                         struct{ State string }
	ManagedCertificate                             string
}

// A gateway with listeners of many makers: one survey says how each fares, and people
// are told of what needs them.
func TestAGatewayOfManyMakersIsSurveyed(t *testing.T) {
	t.Parallel()
	told := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		told <- body.String()
	}))
	t.Cleanup(receiver.Close)
	w := localstacktest.Start(t, localstack.Options{Env: []string{"NotificationWebhooks=json=" + receiver.URL}})
	completes(t, w, w.Request("shop.example.test"))
	o := localstacktest.Others{T: t, W: w}
	acmebot := map[string]string{"Acmebot": `{"endpoint":"acme-v02.api.letsencrypt.org","dnsProvider":"Azure DNS"}`}
	o.Imports("bot", "bot.example.test", 24*time.Hour, acmebot)
	o.Imports("late", "late.example.test", 80*24*time.Hour, map[string]string{"Issuer": "Acmebot", "Endpoint": "acme-v02.api.letsencrypt.org"})
	o.Imports("alone", "alone.example.test", 24*time.Hour, nil)
	o.Imports("wrong", "other.example.test", 24*time.Hour, nil)
	o.Imports("unused", "unused.example.test", 24*time.Hour, nil)
	version := o.Imports("pinned", "pinned.example.test", 24*time.Hour, acmebot)
	pfx, _ := o.Certificate("pfx.example.test", 70*24*time.Hour)
	_, ca := o.Certificate("Clients CA", 85*24*time.Hour)
	o.Changes(func(p map[string]any, ref func(string, string) any) {
		secret := "https://" + localstack.VaultHost + ":443/secrets/"
		localstacktest.Add(p, "sslCertificates", "bot", map[string]any{"keyVaultSecretId": secret + "bot/"})
		localstacktest.Add(p, "sslCertificates", "late", map[string]any{"keyVaultSecretId": secret + "late"})
		localstacktest.Add(p, "sslCertificates", "alone", map[string]any{"keyVaultSecretId": secret + "alone"})
		localstacktest.Add(p, "sslCertificates", "wrong", map[string]any{"keyVaultSecretId": secret + "wrong"})
		localstacktest.Add(p, "sslCertificates", "unused", map[string]any{"keyVaultSecretId": secret + "unused"})
		localstacktest.Add(p, "sslCertificates", "pinned", map[string]any{"keyVaultSecretId": secret + "pinned/" + version})
		localstacktest.Add(p, "sslCertificates", "pfx", map[string]any{"data": pfx, "password": ""})
		localstacktest.Add(p, "trustedClientCertificates", "clients", map[string]any{"data": base64.StdEncoding.EncodeToString(ca)})
		for i, name := range []string{"bot", "late", "alone", "wrong", "pinned", "pfx"} {
			localstacktest.Add(p, "httpListeners", name, map[string]any{"protocol": "Https", "hostName": name + ".example.test", "frontendIPConfiguration": ref("frontendIPConfigurations", "public"),
				"frontendPort": ref("frontendPorts", "port-https"), "sslCertificate": ref("sslCertificates", name)})
			localstacktest.Add(p, "requestRoutingRules", name, map[string]any{"priority": 500 + i, "ruleType": "Basic", "httpListener": ref("httpListeners", name),
				"backendAddressPool": ref("backendAddressPools", "app"), "backendHttpSettings": ref("backendHttpSettingsCollection", "app-settings")})
		}
	})
	for _, name := range []string{"bot", "late", "alone", "pinned", "pfx"} {
		hostname := name + ".example.test"
		waittest.Until(t, patience, hostname+" is served", func() bool {
			// Nobody trusts these certificates: only their names count here.
			conn, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(w.Ports.GatewayHTTPS)), &tls.Config{ServerName: hostname, InsecureSkipVerify: true})
			if err != nil {
				return false
			}
			defer conn.Close()
			return conn.ConnectionState().PeerCertificates[0].VerifyHostname(hostname) == nil
		})
	}
	o.Disables("unused") // from now on the gateway takes no change

	values := w.Vault.Calls("GET /secrets/{name}") + w.Vault.Calls("GET /secrets/{name}/{$}") + w.Vault.Calls("GET /secrets/{name}/{version}")
	if code, raw := w.Call(http.MethodPost, "/admin/functions/Watch", "{}"); code != http.StatusAccepted {
		t.Fatalf("watch: %d %s", code, raw)
	}
	var list struct {
		Listeners []surveyed
		States    map[string]int
	}
	waittest.Holds(patience, func() bool {
		reply, err := w.Client("eve", "reader").Once(t.Context(), apiclient.Call{Method: http.MethodGet, Path: "/api/listeners"})
		return err == nil && reply.Status == http.StatusOK && json.Unmarshal(reply.Body, &list) == nil && len(list.Listeners) > 0
	})
	if got := w.Vault.Calls("GET /secrets/{name}") + w.Vault.Calls("GET /secrets/{name}/{$}") + w.Vault.Calls("GET /secrets/{name}/{version}"); got != values {
		t.Errorf("the survey read %d values of secrets", got-values)
	}
	found := map[string]surveyed{}
	for _, l := range list.Listeners {
		found[l.Kind+" "+l.Name] = l
	}
	for name, want := range map[string]string{
		"listener shop-example-test-listener": "managed certgate same",
		"listener bot":                        "elsewhere acmebot same",
		"listener late":                       "late acmebot same",
		"listener alone":                      "unattended nobody same",
		"listener wrong":                      "wrongName nobody same",
		"listener pinned":                     "blocked acmebot same",
		"listener pfx":                        "unattended nobody same",
		"entry unused":                        "dead nobody unknown",
		"clientCa clients":                    "watched nobody unknown",
	} {
		if l, ok := found[name]; !ok || fmt.Sprint(l.State, " ", l.RenewedBy.Who, " ", l.Served.State) != want {
			t.Errorf("%s: %+v, want %s", name, l, want)
		}
	}
	if l := found["listener pinned"]; l.Pinned != version || !strings.Contains(l.Fix, "without a version") {
		t.Errorf("pinned: %+v", l)
	}

	// blocked: pinned; expiring: late, pfx and the CA; notServed: wrong and the entry.
	kinds := map[string]int{}
	waittest.Holds(patience, func() bool {
		for len(told) > 0 {
			var news struct{ Event string }
			if json.Unmarshal([]byte(<-told), &news) == nil {
				kinds[news.Event]++
			}
		}
		return kinds["blocked"] == 1 && kinds["expiring"] == 3 && kinds["notServed"] == 2
	})
	if kinds["blocked"] != 1 || kinds["expiring"] != 3 || kinds["notServed"] != 2 {
		t.Errorf("told %v", kinds)
	}
	if code, raw := w.Call(http.MethodGet, "/api/listeners/alone", ""); code != http.StatusOK || !strings.Contains(string(raw), `"state":"unattended"`) {
		t.Errorf("one listener: %d %s", code, raw)
	}
	if code, raw := w.Call(http.MethodGet, "/api/preflight", ""); code != http.StatusOK || !strings.Contains(string(raw), "wrong shows a certificate for other names") || !strings.Contains(string(raw), "acmebot (3)") {
		t.Errorf("preflight: %d %s", code, raw)
	}
}

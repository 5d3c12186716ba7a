package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
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
	"certgate/localstack/vaultsim/bundle"
	"certgate/localstack/waittest"
)

// others are what other people and tools have put on the gateway.
type others struct {
	*testing.T
	w *localstacktest.World
}

// certificate is a self-signed one of 90 days, as PFX, that is as old as said.
func (o others) certificate(hostname string, age time.Duration) (pfx string, leaf []byte) {
	o.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		o.Fatal(err)
	}
	from := time.Now().Add(-age)
	template := &x509.Certificate{SerialNumber: big.NewInt(from.UnixNano()), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname},
		NotBefore: from, NotAfter: from.Add(90 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		o.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		o.Fatal(err)
	}
	if pfx, err = bundle.EncodePFX(bundle.Bundle{Key: key, Certificates: []*x509.Certificate{cert}}); err != nil {
		o.Fatal(err)
	}
	return pfx, der
}

func (o others) azure(handler http.Handler, audience, method, url string, body any) []byte {
	o.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		o.Fatal(err)
	}
	r := httptest.NewRequest(method, url, bytes.NewReader(raw))
	r.Header.Set("Authorization", "Bearer "+o.w.Token(audience))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, r)
	if rec.Code >= 300 {
		o.Fatalf("%s %s: %d %s", method, url, rec.Code, rec.Body)
	}
	return rec.Body.Bytes()
}

// imports puts a certificate into the vault, as simple-acme, acmebot and people do, and
// returns its version.
func (o others) imports(name, hostname string, age time.Duration, tags map[string]string) (version string) {
	o.Helper()
	pfx, _ := o.certificate(hostname, age)
	raw := o.azure(o.w.Vault, "https://vault.azure.net", http.MethodPost, "https://"+localstack.VaultHost+"/certificates/"+name+"/import?api-version=7.6", map[string]any{"value": pfx, "tags": tags})
	var made struct{ ID string }
	if err := json.Unmarshal(raw, &made); err != nil {
		o.Fatal(err)
	}
	return made.ID[strings.LastIndexByte(made.ID, '/')+1:]
}

func (o others) disables(name string) {
	o.Helper()
	o.azure(o.w.Vault, "https://vault.azure.net", http.MethodPatch, "https://"+localstack.VaultHost+"/certificates/"+name+"?api-version=7.6", map[string]any{"attributes": map[string]any{"enabled": false}})
}

// changes edits the gateway's document as a template does: a whole PUT.
func (o others) changes(edit func(properties map[string]any, ref func(collection, name string) any)) {
	o.Helper()
	raw, ok := o.w.ARM.Document(localstack.GatewayID)
	if !ok {
		o.Fatal("there is no gateway")
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		o.Fatal(err)
	}
	edit(doc["properties"].(map[string]any), func(collection, name string) any {
		return map[string]any{"id": localstack.GatewayID + "/" + collection + "/" + name}
	})
	o.azure(o.w.ARM, "https://management.azure.com", http.MethodPut, "https://management.azure.com"+localstack.GatewayID+"?api-version=2025-05-01", doc)
}

func add(properties map[string]any, collection, name string, members map[string]any) {
	list, _ := properties[collection].([]any)
	properties[collection] = append(list, map[string]any{"name": name, "properties": members})
}

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
	o := others{t, w}
	acmebot := map[string]string{"Acmebot": `{"endpoint":"acme-v02.api.letsencrypt.org","dnsProvider":"Azure DNS"}`}
	o.imports("bot", "bot.example.test", 24*time.Hour, acmebot)
	o.imports("late", "late.example.test", 80*24*time.Hour, map[string]string{"Issuer": "Acmebot", "Endpoint": "acme-v02.api.letsencrypt.org"})
	o.imports("alone", "alone.example.test", 24*time.Hour, nil)
	o.imports("wrong", "other.example.test", 24*time.Hour, nil)
	o.imports("unused", "unused.example.test", 24*time.Hour, nil)
	version := o.imports("pinned", "pinned.example.test", 24*time.Hour, acmebot)
	pfx, _ := o.certificate("pfx.example.test", 70*24*time.Hour)
	_, ca := o.certificate("Clients CA", 85*24*time.Hour)
	o.changes(func(p map[string]any, ref func(string, string) any) {
		secret := "https://" + localstack.VaultHost + ":443/secrets/"
		add(p, "sslCertificates", "bot", map[string]any{"keyVaultSecretId": secret + "bot/"})
		add(p, "sslCertificates", "late", map[string]any{"keyVaultSecretId": secret + "late"})
		add(p, "sslCertificates", "alone", map[string]any{"keyVaultSecretId": secret + "alone"})
		add(p, "sslCertificates", "wrong", map[string]any{"keyVaultSecretId": secret + "wrong"})
		add(p, "sslCertificates", "unused", map[string]any{"keyVaultSecretId": secret + "unused"})
		add(p, "sslCertificates", "pinned", map[string]any{"keyVaultSecretId": secret + "pinned/" + version})
		add(p, "sslCertificates", "pfx", map[string]any{"data": pfx, "password": ""})
		add(p, "trustedClientCertificates", "clients", map[string]any{"data": base64.StdEncoding.EncodeToString(ca)})
		for i, name := range []string{"bot", "late", "alone", "wrong", "pinned", "pfx"} {
			add(p, "httpListeners", name, map[string]any{"protocol": "Https", "hostName": name + ".example.test", "frontendIPConfiguration": ref("frontendIPConfigurations", "public"),
				"frontendPort": ref("frontendPorts", "port-https"), "sslCertificate": ref("sslCertificates", name)})
			add(p, "requestRoutingRules", name, map[string]any{"priority": 500 + i, "ruleType": "Basic", "httpListener": ref("httpListeners", name),
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
	o.disables("unused") // from now on the gateway takes no change

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

package recorded_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"certgate/internal/certimport"
	"certgate/internal/certimport/certimporttest"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/renewal"
	"certgate/localstack/armsim"
	"certgate/localstack/recorded"
)

// hostname is what the flows are for, and name its certificate in the vault.
const (
	hostname = "shop.example.com"
	name     = "shop-example-com"
)

var publicIP = regexp.MustCompile(`/publicIPAddresses/([^"/]+)`)

// serve has the door answer the first such request with what was recorded.
func (w *world) serve(exchange string, answers func(r *http.Request) bool) {
	w.Helper()
	x := recorded.Read(w.T, exchange)
	reply := x.Reply
	if len(x.Polls) > 0 { // of the operation
		reply = x.Polls[0]
	}
	recordedURL, err := url.Parse(x.Request.URL)
	if err != nil {
		w.Fatal(err)
	}
	// The ids of the recording, and those of this run.
	names := []string{"https://" + recordedURL.Host, vaultURL}
	parts := strings.Split(strings.Trim(recordedURL.Path, "/"), "/")
	if len(parts) >= 8 { // a resource of Resource Manager
		names = append(names, recordedURL.Path, gatewayID, parts[1], "sub", parts[3], "rg", parts[7], "gw")
	} else if len(parts) > 1 {
		names = append(names, parts[1], name)
	}
	for _, found := range publicIP.FindAllSubmatch(reply.Body, -1) {
		w.arm.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: string(found[1]), Address: "203.0.113.7"})
	}
	w.door.waiting = append(w.door.waiting, &inPlaceOf{exchange, reply, strings.NewReplacer(names...), answers})
}

// to is the requests of a method whose path ends so, and that are signed in.
func to(method, end string) func(r *http.Request) bool {
	return func(r *http.Request) bool {
		return r.Method == method && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), end) && r.Header.Get("Authorization") != ""
	}
}

func notSignedIn(r *http.Request) bool { return r.Header.Get("Authorization") == "" }

// after lets some of the requests pass first.
func after(pass int, answers func(*http.Request) bool) func(*http.Request) bool {
	return func(r *http.Request) bool {
		if !answers(r) {
			return false
		}
		pass--
		return pass < 0
	}
}

func poll(r *http.Request) bool { return strings.Contains(r.URL.Path, "/operations/") }

// Every recorded reply that a flow can meet is met once, and the flow comes to the end
// that people want, or says what is wrong.
func TestAFlowGoesOnWithWhatTheServicesWereRecordedToAnswer(t *testing.T) {
	t.Parallel()
	recorded.Folder(t, "recorded")
	certificate, gateway := "/certificates/"+name, "/applicationGateways/gw"
	cases := map[string]struct {
		serve map[string]func(*http.Request) bool
		code  string   // "" for completed
		says  []string // the instance, of its end or on the way
		start func(*world) string
	}{
		"a first certificate": {serve: map[string]func(*http.Request) bool{
			"keyvault-challenge-401":            notSignedIn,
			"keyvault-get-while-recovering-404": to(http.MethodGet, certificate),
			"keyvault-create-unknown-202":       to(http.MethodPost, certificate+"/create"),
			"keyvault-merge-201":                to(http.MethodPost, certificate+"/pending/merge"),
			"gateway-put-reply-updating":        to(http.MethodPut, gateway),
			"gateway-operation-polls":           poll,
		}},
		"a name with the leftover of an operation": {serve: map[string]func(*http.Request) bool{
			"keyvault-get-only-pending-200": to(http.MethodGet, certificate),
		}},
		"another tool has written the gateway": {serve: map[string]func(*http.Request) bool{
			"network-put-412-if-match": to(http.MethodPut, gateway),
		}},
		"the vault does not take the certificate": {serve: map[string]func(*http.Request) bool{
			"keyvault-merge-other-key-400": to(http.MethodPost, certificate+"/pending/merge"),
		}, code: issuance.CodeVaultRefused, says: []string{"does not match the public part of the specified private key"}},
		"a gateway that does not take the change": {serve: map[string]func(*http.Request) bool{
			"gateway-put-400-basic-sku": to(http.MethodPut, gateway),
		}, code: issuance.CodeGatewayRefused, says: []string{"does not support URL Rewrite for the selected SKU tier Basic"}},
		"a gateway that an older version read without its HSM certificate": {serve: map[string]func(*http.Request) bool{
			"gateway-hsm-read-with-2024-10-01": after(2, to(http.MethodGet, gateway)),
		}, code: issuance.CodeGatewayRefused, says: []string{"shows neither a key vault, nor an HSM, nor data", "it is not written"}},
		"a gateway with an HSM certificate": {serve: map[string]func(*http.Request) bool{
			"gateway-hsm-read-with-2025-07-01": after(2, to(http.MethodGet, gateway)),
		}},
		"a gateway with a listener for TCP": {serve: map[string]func(*http.Request) bool{
			"gateway-v2-tcp-listener": after(2, to(http.MethodGet, gateway)),
		}},
		"a gateway of 2020 with a vault's certificate": {serve: map[string]func(*http.Request) bool{
			// Before the order: its rules have no priorities, which no gateway's lack today.
			"gateway-v2-keyvault-reference": after(1, to(http.MethodGet, gateway)),
		}},
		"a gateway of 2019 with an uploaded certificate": {serve: map[string]func(*http.Request) bool{
			// Before the order: it is not written, because the simulator never had the key.
			"gateway-v2-uploaded-certificate": after(1, to(http.MethodGet, gateway)),
		}},
		"the round over all certificates": {start: round, serve: map[string]func(*http.Request) bool{
			"keyvault-list-include-pending-200": to(http.MethodGet, "/certificates"),
		}},
		"an upload": {start: upload, serve: map[string]func(*http.Request) bool{
			"keyvault-import-pem-200": to(http.MethodPost, certificate+"/import"),
		}},
	}
	for _, x := range recorded.Exchanges(t, "") {
		met := notMet[x.Name] != ""
		for _, c := range cases {
			met = met || c.serve[x.Name] != nil
		}
		if service, _, _ := strings.Cut(x.Name, "-"); !met && slices.Contains([]string{"keyvault", "gateway", "network"}, service) {
			t.Errorf("%s is served in no flow, for no reason", x.Name)
		}
	}
	for what, c := range cases {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for exchange, answers := range c.serve {
				w.serve(exchange, answers)
			}
			if c.start == nil {
				c.start = func(w *world) string { return w.Add(hostname) }
			}
			id := c.start(w)
			w.Drain()
			inst := w.Instance(id)
			if left := w.door.notServed(); len(left) > 0 {
				t.Errorf("the flow did not pass %q", left)
			}
			if (inst.Status == durable.Completed) != (c.code == "") || inst.Custom.Error != c.code {
				t.Errorf("ended %s %+v\n%s", inst.Status, inst.Custom, w.History(id))
			}
			for _, words := range c.says {
				if !strings.Contains(inst.Custom.Message+w.History(id), words) {
					t.Errorf("it does not say %q: %+v\n%s", words, inst.Custom, w.History(id))
				}
			}
		})
	}
}

// notMet are recorded replies that these flows do not meet, and why.
var notMet = map[string]string{
	"keyvault-disabled-secret-403":             "the account of the authority, the one secret that is read, is in memory here; the adapter's test has it",
	"keyvault-get-only-pending-by-version-200": "no flow reads a version by its id",
}

// round starts the comparison of all certificates with the vault.
func round(w *world) string { return w.Start(renewal.RunStart()) }

// upload puts a certificate into the vault as the API does, and starts its import.
func upload(w *world) string {
	w.Helper()
	upload := certimporttest.New(w.T, w.Clock.Now(), hostname)
	bundle, err := certimport.Parse(hostname, upload.Certificate, upload.KeyPEM, "", w.Clock.Now())
	if err != nil {
		w.Fatal(err)
	}
	pfx, password, err := bundle.PFX()
	if err != nil {
		w.Fatal(err)
	}
	c, err := w.vault.Import(w.Context(), issuance.CertificateRequest{Name: name, Hostnames: []string{hostname}}, pfx, password)
	if err != nil {
		w.Fatal(err)
	}
	start, err := issuance.Import(hostname, c, false, nil)
	if err != nil {
		w.Fatal(err)
	}
	return w.Start(start)
}

package armsim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"certgate/localstack/armsim"
	"certgate/localstack/recorded"
)

// plain is the gateway that every recording is a variation of: one site without
// TLS, as Azure's own tools make it.
const plain = `{"location":"uksouth","tags":{},"properties":{
 "sku":{"name":"Standard_v2","tier":"Standard_v2","capacity":2},
 "gatewayIPConfigurations":[{"name":"ip","properties":{"subnet":{"id":"/subscriptions/{sub}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"}}}],
 "frontendIPConfigurations":[{"name":"public","properties":{"privateIPAllocationMethod":"Dynamic","publicIPAddress":{"id":"{ip}"}}}],
 "frontendPorts":[{"name":"p80","properties":{"port":80}}],
 "backendAddressPools":[{"name":"pool","properties":{"backendAddresses":[]}}],
 "backendHttpSettingsCollection":[{"name":"settings","properties":{"port":80,"protocol":"Http","cookieBasedAffinity":"Disabled",
  "connectionDraining":{"enabled":false,"drainTimeoutInSec":1},"requestTimeout":30}}],
 "httpListeners":[{"name":"site","properties":{"frontendIPConfiguration":{"id":"{gw}/frontendIPConfigurations/public"},"frontendPort":{"id":"{gw}/frontendPorts/p80"},"protocol":"Http"}}],
 "requestRoutingRules":[{"name":"rule","properties":{"ruleType":"Basic","priority":1001,"httpListener":{"id":"{gw}/httpListeners/site"},
  "backendAddressPool":{"id":"{gw}/backendAddressPools/pool"},"backendHttpSettings":{"id":"{gw}/backendHttpSettingsCollection/settings"}}}]}}`

const identity = `{"type":"UserAssigned","userAssignedIdentities":{"/subscriptions/{sub}/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i":{}}}`

// bench is a simulator without sign-in, with one gateway made from a document.
type bench struct {
	sim  *armsim.Server
	base string
	id   string
	fill *strings.Replacer
}

func newBench(t *testing.T, o armsim.Options) *bench {
	t.Helper()
	o.Subscription = subscription
	b := &bench{sim: armsim.New(o), id: "/subscriptions/" + subscription + "/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"}
	t.Cleanup(b.sim.Close)
	server := httptest.NewServer(b.sim)
	t.Cleanup(server.Close)
	b.base = server.URL
	ip := b.sim.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip", Location: "uksouth", Address: "192.0.2.1"})
	b.fill = strings.NewReplacer("{sub}", subscription, "{gw}", b.id, "{ip}", ip)
	return b
}

// document is plain with other members, each a path such as
// "properties.sku" and its JSON.
func (b *bench) document(t *testing.T, members ...string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(b.fill.Replace(plain)), &d); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(members); i += 2 {
		var v any
		if err := json.Unmarshal([]byte(b.fill.Replace(members[i+1])), &v); err != nil {
			t.Fatalf("%s: %v", members[i], err)
		}
		at := map[string]any(d)
		name, inside := strings.CutPrefix(members[i], "properties.")
		if inside {
			at = d.properties()
		}
		if name, more := strings.CutSuffix(name, "+"); more {
			list, _ := at[name].([]any)
			at[name] = append(list, v.([]any)...)
			continue
		}
		at[name] = v
	}
	return d
}

func (b *bench) add(t *testing.T, d document) {
	t.Helper()
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.sim.AddGateway("rg", "gw", raw); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) call(t *testing.T, method, uri string, body any, header ...string) *http.Response {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(uri, "http") {
		uri = b.base + uri
	}
	req, err := http.NewRequestWithContext(t.Context(), method, uri, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	reply, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reply.Body.Close() })
	return reply
}

var (
	requestID = recorded.LetOff{Path: "header X-Ms-Request-Id", Reason: "the service sends it, the recorder drops it"}
	hardening = []recorded.LetOff{
		{Path: "header Strict-Transport-Security", Reason: "of the front end, in some recordings only"},
		{Path: "header X-Content-Type-Options", Reason: "of the front end, in some recordings only"},
	}
	reads     = recorded.LetOff{Path: "header X-Ms-Ratelimit-Remaining-Subscription-Global-Reads", Reason: "newer than the recording"}
	priority  = recorded.LetOff{Path: "body.properties.requestRoutingRules[].properties.priority", Reason: "no gateway has rules without it since 2021"}
	hsmPieces = []string{"identity", identity, "properties.sslCertificates",
		`[{"name":"c","properties":{"hsm":{"keyId":"https://h.managedhsm.azure.net/keys/k/0","publicCertData":"MIIB"}}}]`}
)

func TestAGatewayIsShownAsItWasRecorded(t *testing.T) {
	t.Parallel()
	upload := pfx(t, selfSigned(t, "up.example", 0))
	for _, tc := range []struct {
		name, version string
		pieces        []string
		off           []recorded.LetOff
	}{
		{"gateway-hsm-read-with-2025-07-01", "2025-07-01", hsmPieces, nil},
		{"gateway-hsm-read-with-2024-10-01", "2024-10-01", hsmPieces, nil},
		{"gateway-v2-tcp-listener", "2023-11-01", []string{
			"properties.frontendPorts+", `[{"name":"p8080","properties":{"port":8080}}]`,
			"properties.backendAddressPools+", `[{"name":"tcp","properties":{"backendAddresses":[{"ipAddress":"10.0.0.4"},{"ipAddress":"10.0.0.5"}]}}]`,
			"properties.backendSettingsCollection", `[{"name":"tcp","properties":{"port":8080,"protocol":"Tcp","timeout":30}}]`,
			"properties.listeners", `[{"name":"tcp","properties":{"frontendIPConfiguration":{"id":"{gw}/frontendIPConfigurations/public"},"frontendPort":{"id":"{gw}/frontendPorts/p8080"},"protocol":"Tcp"}}]`,
			"properties.routingRules", `[{"name":"tcp","properties":{"ruleType":"Basic","priority":1002,"listener":{"id":"{gw}/listeners/tcp"},
			  "backendAddressPool":{"id":"{gw}/backendAddressPools/tcp"},"backendSettings":{"id":"{gw}/backendSettingsCollection/tcp"}}}]`}, nil},
		{"gateway-v2-keyvault-reference", "2020-05-01", []string{"identity", identity, "zones", `["1","2"]`,
			"properties.sslCertificates", `[{"name":"c","properties":{"keyVaultSecretId":"https://v.vault.azure.net:443/secrets/n/"}}]`,
			"properties.backendAddressPools", `[{"name":"pool","properties":{"backendAddresses":[{"ipAddress":"10.0.0.1"}]}}]`,
			"properties.backendHttpSettingsCollection", `[{"name":"settings","properties":{"port":80,"protocol":"Http","cookieBasedAffinity":"Enabled","pickHostNameFromBackendAddress":true,"requestTimeout":30}}]`,
			"properties.httpListeners", `[{"name":"site","properties":{"frontendIPConfiguration":{"id":"{gw}/frontendIPConfigurations/public"},"frontendPort":{"id":"{gw}/frontendPorts/p80"},"protocol":"Http","customErrorConfigurations":[]}}]`,
			"properties.customErrorConfigurations", `[]`},
			append([]recorded.LetOff{priority, reads}, recorded.LetOff{Path: "body.tags", Reason: "this one was made without"}, recorded.LetOff{Path: "header Server", Reason: "of the front end of that time"})},
		{"gateway-v2-uploaded-certificate", "2019-09-01", []string{
			"properties.sku", `{"name":"WAF_v2","tier":"WAF_v2"}`, "properties.autoscaleConfiguration", `{"minCapacity":2,"maxCapacity":5}`,
			"properties.sslCertificates", `[{"name":"c","properties":{"data":"` + upload + `","password":""}}]`,
			"properties.frontendPorts", `[{"name":"p80","properties":{"port":443}}]`,
			"properties.backendAddressPools", `[{"name":"pool","properties":{"backendAddresses":[{"ipAddress":"11.1.1.1"},{"ipAddress":"11.1.1.2"}]}}]`,
			"properties.backendHttpSettingsCollection", `[{"name":"settings","properties":{"port":80,"protocol":"Http","cookieBasedAffinity":"Disabled","requestTimeout":30}}]`,
			"properties.httpListeners", `[{"name":"site","properties":{"frontendIPConfiguration":{"id":"{gw}/frontendIPConfigurations/public"},"frontendPort":{"id":"{gw}/frontendPorts/p80"},"protocol":"Https","sslCertificate":{"id":"{gw}/sslCertificates/c"}}}]`,
			"properties.webApplicationFirewallConfiguration", `{"enabled":true,"firewallMode":"Prevention","ruleSetType":"OWASP","ruleSetVersion":"3.0","disabledRuleGroups":[],"requestBodyCheck":true,"maxRequestBodySizeInKb":128,"fileUploadLimitInMb":100}`},
			append([]recorded.LetOff{priority, reads}, hardening...)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, armsim.Options{})
			b.add(t, b.document(t, tc.pieces...))
			recorded.Check(t, tc.name, b.call(t, http.MethodGet, b.id+"?api-version="+tc.version, nil), append(tc.off, requestID)...)
		})
	}
}

func TestAWriteIsAnsweredAsItWasRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t, armsim.Options{UpdateTakes: never})
	d := b.document(t, hsmPieces...)
	b.add(t, d)
	recorded.Check(t, "gateway-put-reply-updating", b.call(t, http.MethodPut, b.id+"?api-version=2025-07-01", d), requestID)

	d = b.document(t, "properties.sku", `{"name":"Basic","tier":"Basic","capacity":1}`, "properties.rewriteRuleSets", `[{"name":"r","properties":{"rewriteRules":[]}}]`)
	recorded.Check(t, "gateway-put-400-basic-sku", b.call(t, http.MethodPut, b.id+"?api-version=2023-02-01", d), requestID,
		recorded.LetOff{Path: "header X-Ms-Ratelimit-Remaining-Subscription-Global-Writes", Reason: "newer than the recording"})
	recorded.Check(t, "network-put-412-if-match", b.call(t, http.MethodPut, b.id+"?api-version=2025-05-01", b.document(t), "If-Match", "invalid"), requestID,
		recorded.LetOff{Path: "header X-Ms-Ratelimit-Remaining-Subscription-Writes", Reason: "this recorder keeps one of the two"},
		recorded.LetOff{Path: "header Expires", Reason: "this recorder drops it"}, recorded.LetOff{Path: "header Pragma", Reason: "this recorder drops it"})
}

// TestAnOperationAsksForEverLongerWaits and ends without asking.
func TestAnOperationAsksForEverLongerWaits(t *testing.T) {
	t.Parallel()
	want := []string{"5", "1", "2", "2", "4", "4", "8", "8", "16", "16", "10", "10", "10"}
	b := newBench(t, armsim.Options{UpdateTakes: never, RetryAfter: armsim.RecordedPace()})
	reply := b.call(t, http.MethodPut, b.id+"?api-version=2025-07-01", b.document(t))
	link := reply.Header.Get("Azure-AsyncOperation")
	got := []string{reply.Header.Get("Retry-After")}
	for range want[1:] {
		poll := b.call(t, http.MethodGet, link, nil)
		got = append(got, poll.Header.Get("Retry-After"))
		if poll.Header.Get("Azure-AsyncOperation") != "" {
			t.Error("a poll brings a link of its own")
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("asks for %v", got)
	}
	if reply.StatusCode != http.StatusCreated || len(link) < 3000 || len(link) > 3400 {
		t.Errorf("created with %d, a link of %d characters", reply.StatusCode, len(link))
	}
	if cut, _, _ := strings.Cut(link, "&s="); b.call(t, http.MethodGet, cut, nil).StatusCode != http.StatusForbidden {
		t.Error("a link without its signature is good")
	}
	t.Run("as recorded", func(t *testing.T) {
		x := recorded.Read(t, "gateway-operation-polls")
		recordedWaits := []string{x.Reply.Header().Get("Retry-After")}
		for _, poll := range x.Polls[:len(x.Polls)-1] {
			recordedWaits = append(recordedWaits, poll.Header().Get("Retry-After"))
		}
		if strings.Join(recordedWaits, " ") != strings.Join(want, " ") {
			t.Errorf("recorded: %v", recordedWaits)
		}
	})
}

func TestTheEndOfAnOperationAsksForNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, armsim.Options{RetryAfter: armsim.Every(time.Second)})
	link := b.call(t, http.MethodPut, b.id+"?api-version=2025-07-01", b.document(t)).Header.Get("Azure-AsyncOperation")
	for {
		reply := b.call(t, http.MethodGet, link, nil)
		var got map[string]any
		if err := json.NewDecoder(reply.Body).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got["status"] == "InProgress" {
			continue
		}
		if got["status"] != "Succeeded" || len(got) != 1 || reply.Header.Get("Retry-After") != "" {
			t.Errorf("ends with %v and Retry-After %q", got, reply.Header.Get("Retry-After"))
		}
		return
	}
}

func TestAWriteNeedsTheRightToJoinWhatTheGatewayIsLinkedTo(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ scope, action string }{
		{"/virtualNetworks/", "Microsoft.Network/virtualNetworks/subnets/join/action"},
		{"/publicIPAddresses/", "Microsoft.Network/publicIPAddresses/join/action"},
		{"/userAssignedIdentities/", "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"},
		{"/ApplicationGatewayWebApplicationFirewallPolicies/", "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action"},
	} {
		t.Run(tc.action, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, armsim.Options{Permissions: func(scope string) []armsim.Permission {
				if strings.Contains(scope, tc.scope) {
					return []armsim.Permission{armsim.Reader()}
				}
				return []armsim.Permission{armsim.NetworkContributor(), armsim.ManagedIdentityOperator()}
			}})
			d := b.document(t, "identity", identity, "properties.firewallPolicy",
				`{"id":"/subscriptions/{sub}/resourceGroups/rg/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/w"}`)
			reply := b.call(t, http.MethodPut, b.id+"?api-version=2025-07-01", d)
			var got struct {
				Error struct{ Code, Message string }
			}
			if err := json.NewDecoder(reply.Body).Decode(&got); err != nil {
				t.Fatal(err)
			}
			if reply.StatusCode != http.StatusForbidden || got.Error.Code != "LinkedAuthorizationFailed" ||
				!strings.Contains(got.Error.Message, "does not have permission to perform action(s) '"+tc.action+"' on the linked scope(s) '/subscriptions/") {
				t.Errorf("%d %+v", reply.StatusCode, got.Error)
			}
		})
	}
}

package appgateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/tidwall/sjson"

	"certgate/internal/appgateway"
	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

func client(t testing.TB, options arm.ClientOptions) *appgateway.Client {
	t.Helper()
	options.Retry.RetryDelay = time.Millisecond
	c, err := appgateway.New(appgateway.Config{SubscriptionID: "sub", ResourceGroup: "rg", Name: "gw", Credential: &fake.TokenCredential{}, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// settings name what the test gateway has; wanted is a listener for it.
var (
	settings = gatewaydoc.Settings{BackendPool: "web", HTTPSettings: "https"}
	wanted   = issuance.Listener{Name: "h000-example-edu", Hostname: "h000.example.edu", SecretID: "https://v.vault.azure.net/secrets/h000-example-edu"}
)

func parse(t testing.TB, raw []byte) *gatewaydoc.Document {
	t.Helper()
	doc, err := gatewaydoc.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// edited reads the gateway and adds one listener.
func edited(t testing.TB, c *appgateway.Client) *gatewaydoc.Document {
	t.Helper()
	doc, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Want(wanted, settings); err != nil {
		t.Fatal(err)
	}
	return doc
}

func write(t testing.TB, c *appgateway.Client, doc *gatewaydoc.Document) appgateway.Operation {
	t.Helper()
	op, err := c.Write(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func wantState(t testing.TB, c *appgateway.Client, token string, want appgateway.State) appgateway.Status {
	t.Helper()
	status, err := c.Poll(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if status.State != want {
		t.Fatalf("the operation is %s, want %s", status.State, want)
	}
	return status
}

func TestAnUpdateIsFollowedByAnotherProcess(t *testing.T) {
	t.Parallel()
	arm := appgatewaytest.Start(t)
	arm.Polls = 2
	c := client(t, arm.Options())
	doc := edited(t, c)
	op := write(t, c, doc)
	if op.Done || op.ResumeToken == "" {
		t.Fatalf("operation is %+v, want one to poll", op)
	}
	if raw, err := doc.Bytes(); err != nil || !bytes.Equal(arm.Writes()[0], raw) {
		t.Error("the document on the wire is not the document that was given")
	}
	other := client(t, arm.Options())
	wantState(t, other, op.ResumeToken, appgateway.InProgress)
	wantState(t, c, op.ResumeToken, appgateway.InProgress)
	wantState(t, other, op.ResumeToken, appgateway.Succeeded)
	if after, err := c.Read(t.Context()); err != nil || !after.Has(wanted, settings) {
		t.Errorf("the listener does not stand (%v)", err)
	}
	if n := len(arm.Requests()); n != 6 {
		t.Errorf("%d requests, want 6: read, write, three polls, read", n)
	}
}

func TestASecondWriteSupersedesTheFirst(t *testing.T) {
	t.Parallel()
	arm := appgatewaytest.Start(t)
	c := client(t, arm.Options())
	op := write(t, c, edited(t, c))
	arm.Foreign(appgatewaytest.Gateway())
	wantState(t, c, op.ResumeToken, appgateway.Superseded)
}

func TestAnOutdatedDocumentIsNotWritten(t *testing.T) {
	t.Parallel()
	arm := appgatewaytest.Start(t)
	c := client(t, arm.Options())
	doc := edited(t, c)
	arm.Foreign(appgatewaytest.Gateway())
	var changed *appgateway.ChangedError
	if _, err := c.Write(t.Context(), doc); !errors.As(err, &changed) {
		t.Fatalf("got %v, want a ChangedError", err)
	}
	if parse(t, arm.Document()).Has(wanted, settings) {
		t.Error("the outdated document was stored")
	}
}

func TestAWriteIsNeverSentTwice(t *testing.T) {
	t.Parallel()
	for _, status := range []int{409, 412, 429, 500, 503} {
		arm := appgatewaytest.Start(t)
		arm.Statuses = []int{status}
		c := client(t, arm.Options())
		_, err := c.Write(t.Context(), edited(t, c))
		if n := len(arm.Writes()); n != 1 {
			t.Errorf("after status %d there were %d writes, want 1", status, n)
		}
		var changed *appgateway.ChangedError
		var transient *durable.Transient
		if collision := status < 500; errors.As(err, &changed) != collision || errors.As(err, &transient) == collision {
			t.Errorf("status %d gave %v", status, err)
		}
	}
}

func TestRefusalsSayWhatTheServiceSays(t *testing.T) {
	t.Parallel()
	var refusal *appgateway.Refusal

	atOnce := appgatewaytest.Start(t)
	atOnce.RefusedHosts, atOnce.AtOnce = []string{"h000.example.edu"}, true
	c := client(t, atOnce.Options())
	if _, err := c.Write(t.Context(), edited(t, c)); !errors.As(err, &refusal) || refusal.Code != "ApplicationGatewayListenerNotAllowed" {
		t.Errorf("got %v, want the service's refusal", err)
	}

	late := appgatewaytest.Start(t)
	late.BrokenSecrets = []string{"https://v.vault.azure.net/secrets/h000-example-edu"}
	c = client(t, late.Options())
	status := wantState(t, c, write(t, c, edited(t, c)).ResumeToken, appgateway.Refused)
	if !strings.Contains(status.Refusal.Sentence(), "secrets/h000-example-edu") {
		t.Errorf("the sentence is %q", status.Refusal.Sentence())
	}
	doc, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if broken := appgateway.BrokenCertificates(doc, status.Refusal); !slices.Equal(broken, []string{"h000-example-edu"}) {
		t.Errorf("broken certificates are %v", broken)
	}
}

func TestAnOperationThatIsNotKnownAnyMoreIsSuperseded(t *testing.T) {
	t.Parallel()
	arm := appgatewaytest.Start(t)
	c := client(t, arm.Options())
	op := write(t, c, edited(t, c))
	wantState(t, c, strings.ReplaceAll(op.ResumeToken, "/operations/0", "/operations/7"), appgateway.Superseded)
	wantState(t, c, "a token of another release", appgateway.Superseded)
}

// The address of an operation is signed and 3 kB long. It is kept, and no text that
// is logged or shown has it.
func TestTheAddressOfAnOperationIsInNoError(t *testing.T) {
	t.Parallel()
	arm := appgatewaytest.Start(t)
	c := client(t, arm.Options())
	op := write(t, c, edited(t, c))
	if !strings.Contains(op.ResumeToken, "sEcReT") || len(op.ResumeToken) < 3000 {
		t.Fatalf("the resume token has %d bytes and no signature", len(op.ResumeToken))
	}
	dead := strings.ReplaceAll(op.ResumeToken, strings.TrimSuffix(arm.URL(), "/"), "http://127.0.0.1:1")
	_, err := c.Poll(t.Context(), dead)
	if err == nil || !strings.Contains(err.Error(), "/operations/0") {
		t.Fatalf("got %v, want an error that names the operation", err)
	}
	if strings.Contains(err.Error(), "sEcReT") || strings.Contains(err.Error(), "MIIHpTCC") {
		t.Errorf("the error has the signature: %.300s…", err)
	}
}

func TestTheStateInTheFirstAnswerIsNotTakenForTheResult(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer string
		async  bool
		done   bool
	}{
		{`{"properties":{"provisioningState":"Failed"}}`, true, false}, // of the update before
		{`{"properties":{"provisioningState":"Updating"}}`, true, false},
		{`{"properties":{"provisioningState":"Succeeded"}}`, true, true},
		{`{"properties":{"provisioningState":"Updating"}}`, false, false}, // no operation: the gateway itself is polled
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.async {
				w.Header().Set("Azure-AsyncOperation", "http://"+r.Host+"/operations/0")
			}
			w.Header().Set("Retry-After", "7")
			w.Write([]byte(c.answer))
		}))
		defer server.Close()
		op := write(t, client(t, leadTo(server.URL)), parse(t, []byte(`{"id":"/g","properties":{}}`)))
		if op.Done != c.done || (op.ResumeToken == "") != c.done || (!c.done && op.RetryAfter != 7*time.Second) {
			t.Errorf("%s async=%v gave %+v", c.answer, c.async, op)
		}
	}
}

// A write is refused for what the gateway is linked to. The sentence names the right
// that is there, then the one that is missing.
func TestTheMissingRightOnALinkedResourceIsNamed(t *testing.T) {
	t.Parallel()
	const network, identity = "/subscriptions/sub/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/gw", "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader"
	const policy = "/subscriptions/sub/resourceGroups/waf/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/strict"
	const has = "The client 'a' with object id 'b' has permission to perform action 'Microsoft.Network/applicationGateways/write' on scope '/subscriptions/sub/x'; however, it does not have permission to perform action"
	for message, want := range map[string]string{
		has + " 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '" + network + "' or the linked scope(s) are invalid.":                                                                                        "needed: Microsoft.Network/virtualNetworks/subnets/join/action on " + network + "). Give it the role Network Contributor on " + network + ";",
		has + "(s) 'microsoft.managedidentity/userassignedidentities/assign/action' on the linked scope(s) '" + identity + "' (respectively) or the linked scope(s) are invalid.":                                                            "microsoft.managedidentity/userassignedidentities/assign/action on " + identity + "). Give it the role Managed Identity Operator on " + identity + ";",
		has + "(s) 'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action,Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s) '" + policy + "," + identity + "' (respectively).": "Give it the role Network Contributor on " + policy + "; Managed Identity Operator on " + identity + ";",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.Write(appgatewaytest.Gateway())
				return
			}
			w.WriteHeader(http.StatusForbidden)
			json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": "LinkedAuthorizationFailed", "message": message}})
		}))
		defer server.Close()
		c := client(t, leadTo(server.URL))
		doc, err := c.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Write(t.Context(), doc)
		var failure *durable.Failure
		if !errors.As(err, &failure) || failure.Code != issuance.CodeGatewayAccessDenied || !strings.Contains(failure.Message, want) {
			t.Errorf("it says %v, want %q", err, want)
		}
	}
}

func TestErrorsOfTheServiceBecomeErrorsThatPeopleCanActOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status   int
		body     string
		code     string // of a Failure; else a Transient or a RetryLater
		mentions string
	}{
		{403, `{"error":{"code":"AuthorizationFailed","message":"The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.Network/applicationGateways/read' over scope '/s'. Correlation ID: 0e0e0e0e-1111-2222-3333-444444444444"}}`, issuance.CodeGatewayAccessDenied, "Microsoft.Network/applicationGateways/read"},
		{401, `{}`, issuance.CodeGatewayAccessDenied, "Network Contributor"},
		{404, `{"error":{"code":"ResourceGroupNotFound","message":"x"}}`, issuance.CodeGatewayNotFound, "rg"},
		{409, `{"error":{"code":"ScopeLocked","message":"x"}}`, issuance.CodeGatewayAccessDenied, "lock"},
		{500, `not json`, "", "HTTP 500"},
		{429, `{}`, "", "pause"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "90") // longer than the client waits by itself
			w.WriteHeader(c.status)
			w.Write([]byte(c.body))
		}))
		defer server.Close()
		_, err := client(t, leadTo(server.URL)).Read(t.Context())
		var failure *durable.Failure
		var later *durable.RetryLater
		var transient *durable.Transient
		public, after := "", time.Duration(0)
		switch {
		case errors.As(err, &failure):
			public = failure.Message
		case errors.As(err, &later):
			public, after = later.Reason, later.After
		case errors.As(err, &transient):
			public, after = transient.Public, transient.After
		}
		if (failure != nil) != (c.code != "") || (failure != nil && failure.Code != c.code) || !strings.Contains(public, c.mentions) {
			t.Errorf("status %d gave %T %v", c.status, err, err)
		}
		if failure == nil && after != 90*time.Second {
			t.Errorf("status %d: again after %s, want what the service asked for", c.status, after)
		}
		if strings.Contains(public, "0e0e0e0e") || strings.Contains(err.Error(), "\n") {
			t.Errorf("status %d: the text has ids or a dump in it: %v", c.status, err)
		}
	}
	_, err := client(t, leadTo("http://127.0.0.1:1")).Read(t.Context())
	var transient *durable.Transient
	if !errors.As(err, &transient) {
		t.Errorf("a dead endpoint gave %v, want a Transient", err)
	}
}

func TestPublicAddressesOfBothFamilies(t *testing.T) {
	t.Parallel()
	arm := appgatewaytest.Start(t)
	doc, err := sjson.SetRawBytes(arm.Document(), "properties.frontendIPConfigurations.2", []byte(`{"name":"v6","properties":{"publicIPAddress":{"id":"/subscriptions/sub/resourceGroups/other/providers/Microsoft.Network/publicIPAddresses/gw-ip6"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	arm.Foreign(doc)
	arm.Script(func(s *appgatewaytest.Server) { s.PublicIPs["gw-ip6"] = "2001:db8::10" })
	c := client(t, arm.Options())
	for range 3 {
		got, err := c.PublicAddresses(t.Context())
		if err != nil || !slices.Equal(got, []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")}) {
			t.Fatalf("addresses are %v (%v)", got, err)
		}
	}
	if n := len(arm.Requests()); n != 3 {
		t.Errorf("%d requests, want 3: what was read is remembered", n)
	}
}

func TestPublicAddressesAreReadAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	var calls int
	transport := transportFunc(func(r *http.Request) (*http.Response, error) {
		calls++
		body := string(appgatewaytest.Gateway())
		if strings.Contains(r.URL.Path, "publicIPAddresses") {
			body = `{"properties":{"ipAddress":"192.0.2.10"}}`
		}
		w := httptest.NewRecorder()
		w.WriteString(body)
		return w.Result(), nil
	})
	synctest.Test(t, func(t *testing.T) {
		options := leadTo("http://arm.example")
		options.Transport = transport
		c := client(t, options)
		for _, wait := range []time.Duration{0, time.Minute, 5 * time.Minute} {
			time.Sleep(wait)
			if _, err := c.PublicAddresses(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	})
	if calls != 4 {
		t.Errorf("%d calls, want 4: two reads of two documents", calls)
	}
}

func TestAGatewayWithoutAPublicAddressIsAFailure(t *testing.T) {
	t.Parallel()
	for _, ips := range []map[string]string{{"gw-ip": ""}, {}} {
		arm := appgatewaytest.Start(t)
		arm.PublicIPs = ips
		_, err := client(t, arm.Options()).PublicAddresses(t.Context())
		wantFailure(t, err, issuance.CodeGatewayNoPublicIP, "gw")
	}
}

// wantFailure checks the published code of a failure and that its text names things.
func wantFailure(t testing.TB, err error, code string, mentions ...string) {
	t.Helper()
	var failure *durable.Failure
	if !errors.As(err, &failure) || failure.Code != code {
		t.Fatalf("got %v, want a failure with code %s", err, code)
	}
	for _, m := range mentions {
		if !strings.Contains(failure.Message, m) {
			t.Errorf("message %q does not name %q", failure.Message, m)
		}
	}
}

// A firewall policy is a resource of its own; an old rule set in it leaves the gateway
// room for 40 of each kind.
func TestTheRuleSetOfAFirewallPolicyDecidesTheRoom(t *testing.T) {
	t.Parallel()
	const policies = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/"
	for _, x := range []struct {
		policy, version string
		room            int
	}{{"old", "3.1", 40}, {"new", "3.2", 100}, {"gone", "", 100}} {
		arm := appgatewaytest.Start(t)
		arm.RuleSets = map[string]string{x.policy: x.version}
		doc, err := sjson.SetRawBytes(arm.Document(), "properties.httpListeners.0.properties.firewallPolicy", []byte(`{"id":"`+policies+x.policy+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		arm.Foreign(doc)
		c := client(t, arm.Options())
		for range 3 {
			read, err := c.Read(t.Context())
			if err != nil || read.Limits()[0].Limit != x.room {
				t.Fatalf("%s: %+v, %v, want %d", x.policy, read.Limits(), err, x.room)
			}
		}
		if n := len(arm.Requests()); n != 4 {
			t.Errorf("%s: %d requests, want three reads and one of the policy", x.policy, n)
		}
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func leadTo(endpoint string) arm.ClientOptions {
	return arm.ClientOptions{ClientOptions: policy.ClientOptions{InsecureAllowCredentialWithHTTP: true, Cloud: cloud.Configuration{
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: endpoint, Audience: "https://management.azure.com"}},
	}}}
}

package appgateway_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
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

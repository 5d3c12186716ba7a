package azurestore_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/localstack/azurite/azuritetest"
)

// secret is the signature or the key in the connection strings of these tests.
const secret = "c2VjcmV0LXNpZ25hdHVyZQ"

func TestConstructorsRefuseWhatCannotWork(t *testing.T) {
	t.Parallel()
	good := "AccountName=a;AccountKey=" + secret + "=="
	for _, c := range []struct {
		name   string
		config azurestore.Config
		want   string
	}{
		{"nothing", azurestore.Config{}, "connection string, or a credential"},
		{"a credential without URLs", azurestore.Config{Credential: token("x")}, "service URL"},
		{"a broken connection string", azurestore.Config{ConnectionString: "AccountName=a;" + secret}, "connection string is not valid"},
		{"a key that is not base64", azurestore.Config{ConnectionString: "AccountName=a;AccountKey=" + secret + "!"}, "connection string is not valid"},
		{"names with a slash", azurestore.Config{ConnectionString: good, Table: "a/b", Queue: "a/b"}, "name"},
		{"names with a hyphen at the end", azurestore.Config{ConnectionString: good, Table: "a-", Queue: "steps-"}, "name"},
		{"a queue name without room for -poison", azurestore.Config{ConnectionString: good, Table: "1", Queue: strings.Repeat("q", 57)}, "name"},
	} {
		_, tableErr := azurestore.New(c.config)
		_, queueErr := azurestore.NewQueue(c.config)
		for _, err := range []error{tableErr, queueErr} {
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("%s gave %v, want an error with %q and without secrets", c.name, err, c.want)
			}
		}
	}
}

func TestErrorsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	sas := "AccountName=a;SharedAccessSignature=sv=2024-01-01&sig=" + secret
	for name, transport := range map[string]policy.Transporter{
		"no connection": answering(func(r *http.Request) (*http.Response, error) {
			r.URL.Scheme, r.URL.Host = "http", "127.0.0.1:1" // nothing listens there
			return http.DefaultClient.Do(r)
		}),
		"a refusal": answering(func(r *http.Request) (*http.Response, error) {
			return answer(r, http.StatusForbidden, "AuthorizationPermissionMismatch"), nil
		}),
	} {
		options := azcore.ClientOptions{Transport: transport, Retry: policy.RetryOptions{MaxRetries: -1}}
		store, err := azurestore.New(azurestore.Config{ConnectionString: sas, ClientOptions: options})
		if err != nil {
			t.Fatal(err)
		}
		queue, err := azurestore.NewQueue(azurestore.Config{ConnectionString: sas, ClientOptions: options})
		if err != nil {
			t.Fatal(err)
		}
		inst := instance("claim")
		_, loadErr := store.Load(t.Context(), inst.ID)
		_, _, listErr := store.List(t.Context(), durable.Filter{})
		for _, err := range []error{
			store.Create(t.Context(), inst, durable.Event{}), loadErr, listErr, store.Ensure(t.Context()),
			queue.Send(t.Context(), inst.Current(), 0), queue.Ensure(t.Context()),
		} {
			if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "sig=") {
				t.Errorf("%s gave %v, want an error without the signature", name, err)
			}
		}
	}
}

func TestIdentityIsSentAsABearerToken(t *testing.T) {
	t.Parallel()
	var sent []string
	transport := answering(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Method+" "+r.URL.Host+" "+r.Header.Get("Authorization"))
		return answer(r, http.StatusForbidden, "AuthorizationPermissionMismatch"), nil
	})
	config := azurestore.Config{
		Credential: token("the-token"), TableURL: "https://acc.table.example", QueueURL: "https://acc.queue.example",
		ClientOptions: azcore.ClientOptions{Transport: transport},
	}
	store, err := azurestore.New(config)
	if err != nil {
		t.Fatal(err)
	}
	queue, err := azurestore.NewQueue(config)
	if err != nil {
		t.Fatal(err)
	}
	if len(sent) != 0 {
		t.Errorf("the constructors sent %q, want nothing", sent)
	}
	var refused *azurestore.ServiceError
	if _, err := store.Load(t.Context(), durable.NewID("claim")); !errors.As(err, &refused) || !strings.Contains(err.Error(), "Storage Table Data Contributor") {
		t.Errorf("load gave %v, want a refusal that names the role", err)
	}
	if err := queue.Send(t.Context(), durable.Message{}, 0); !errors.As(err, &refused) {
		t.Errorf("send gave %v, want a refusal", err)
	}
	want := []string{"GET acc.table.example Bearer the-token", "POST acc.queue.example Bearer the-token"}
	if strings.Join(sent, ",") != strings.Join(want, ",") {
		t.Errorf("sent %q, want %q", sent, want)
	}
}

func testWrongKey(t *testing.T, emulator azuritetest.Emulator) {
	wrong := "AccountName=certgatetest;AccountKey=" + secret + "==;TableEndpoint=" + emulator.TableURL
	store, err := azurestore.New(azurestore.Config{ConnectionString: wrong})
	if err != nil {
		t.Fatal(err)
	}
	inst := instance("claim")
	var refused *azurestore.ServiceError
	err = store.Create(t.Context(), inst, durable.Event{})
	if !errors.As(err, &refused) || refused.Status != http.StatusForbidden || strings.Contains(err.Error(), secret) {
		t.Errorf("create gave %v, want a 403 without the key", err)
	}
}

type answering func(*http.Request) (*http.Response, error)

func (a answering) Do(r *http.Request) (*http.Response, error) { return a(r) }

type token string

func (t token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func answer(r *http.Request, status int, code string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"X-Ms-Error-Code": {code}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`<Error><Code>` + code + `</Code><Message>` + r.URL.String() + `</Message></Error>`)),
	}
}

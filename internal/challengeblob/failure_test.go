package challengeblob_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/challengeblob"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// answering is a transport to a server that gives every request one answer.
func answering(t *testing.T, status int, code string) policy.Transporter {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-ms-error-code", code)
		w.Header().Set("x-ms-request-id", "f6e3")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>Words of the service.</Message></Error>`, code)
	}))
	t.Cleanup(server.Close)
	return transport(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
		return http.DefaultClient.Do(r)
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }

type identity struct{ err error }

func (i identity) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "a-token", ExpiresOn: time.Now().Add(time.Hour)}, i.err
}

func TestRefusalsOfTheServiceNameTheFix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status   int
		service  string
		code     string
		mentions string
	}{
		{403, "AuthorizationPermissionMismatch", issuance.CodeStorageAccessDenied, "Storage Blob Data Contributor"},
		{403, "AuthorizationFailure", issuance.CodeStorageAccessDenied, "firewall"},
		{403, "AuthenticationFailed", issuance.CodeStorageAccessDenied, "Storage Blob Data Contributor"},
		{401, "InvalidAuthenticationInfo", issuance.CodeStorageAccessDenied, "identity"},
		{404, "ContainerNotFound", issuance.CodeStorageContainerMissing, "validation"},
	} {
		t.Run(c.service, func(t *testing.T) {
			t.Parallel()
			files := inAzure(t, identity{}, answering(t, c.status, c.service))
			failure := asFailure(t, files.Put(context.Background(), token, content))
			if failure.Code != c.code || !strings.Contains(failure.Message, c.mentions) {
				t.Errorf("got %s: %s", failure.Code, failure.Message)
			}
			if strings.Contains(failure.Message, "f6e3") || !strings.Contains(failure.Error(), "f6e3") {
				t.Errorf("the request id belongs in the log only: %v", failure)
			}
		})
	}
}

func TestWhatMayPassIsTrouble(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection reset")
	for _, c := range []struct {
		name      string
		identity  identity
		transport policy.Transporter
		public    string
	}{
		{"an answer nobody foresaw", identity{}, answering(t, 409, "BlobImmutableDueToPolicy"), "409 BlobImmutableDueToPolicy"},
		{"a broken connection", identity{}, transport(func(*http.Request) (*http.Response, error) { return nil, lost }), "cannot be reached"},
		{"an identity without a token", identity{err: lost}, answering(t, 201, ""), "no token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx := policy.WithRetryOptions(context.Background(), policy.RetryOptions{MaxRetries: -1})
			err := inAzure(t, c.identity, c.transport).Put(ctx, token, content)
			var transient *durable.Transient
			if !errors.As(err, &transient) || !strings.Contains(transient.Public, c.public) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestASignatureNeverLeavesTheAdapter(t *testing.T) {
	t.Parallel()
	const secret = "c2lnbmF0dXJl"
	ctx := policy.WithRetryOptions(context.Background(), policy.RetryOptions{MaxRetries: -1})
	for _, url := range []string{
		"http://127.0.0.1:1/devstoreaccount1/validation?sv=2021-08-06&sig=" + secret, // refuses connections
		"https://:443/validation?sig=" + secret,
		"https://example.blob.core.windows.net/a/b/c?sig=" + secret,
		"ftp://example/validation?sig=" + secret,
		"https://exa mple/validation?sig=" + secret,
		"https://example.blob.core.windows.net/validation?token=" + secret,
	} {
		files, err := challengeblob.New(challengeblob.Config{ContainerURL: url})
		if err == nil {
			err = files.Put(ctx, token, content)
		}
		if err == nil {
			t.Errorf("%.30s: no error", url)
			continue
		}
		var transient *durable.Transient
		errors.As(err, &transient)
		if strings.Contains(fmt.Sprintf("%v %+v", err, transient), secret) {
			t.Errorf("%.30s: the error tells the signature: %v", url, err)
		}
	}
}

func TestATokenIsNotSentInTheClear(t *testing.T) {
	t.Parallel()
	_, err := challengeblob.New(challengeblob.Config{ContainerURL: "http://example.blob.core.windows.net/validation", Credential: identity{}})
	if err == nil || !strings.Contains(err.Error(), "https only") {
		t.Errorf("got %v", err)
	}
}

func inAzure(t *testing.T, credential azcore.TokenCredential, transport policy.Transporter) *challengeblob.Container {
	t.Helper()
	files, err := challengeblob.New(challengeblob.Config{
		ContainerURL: "https://example.blob.core.windows.net/validation",
		Credential:   credential,
		Transport:    transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

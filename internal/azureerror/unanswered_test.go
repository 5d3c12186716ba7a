package azureerror_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/azureerror"
	"certgate/internal/durable"
)

type noToken struct{}

func (noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, errors.New("ManagedIdentityCredential authentication failed")
}

func TestWhatGotNoAnswerSaysWhyAndNeverWhere(t *testing.T) {
	t.Parallel()
	_, missing := azureerror.MarkTokens(noToken{}).GetToken(t.Context(), policy.TokenRequestOptions{})
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"no token":          {missing, "The app got no token for the storage account files."},
		"no such host":      {&net.DNSError{Name: "files.example", IsNotFound: true}, "The host name of the storage account files does not resolve."},
		"too late":          {context.DeadlineExceeded, "The storage account files did not answer in time."},
		"no server listens": {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, "The storage account files cannot be reached."},
	} {
		err := azureerror.Unanswered("The storage account files", "upload", fmt.Errorf("try: %w", &url.Error{Op: "Put", URL: "https://files.example/c?sig=SECRET", Err: c.err}))
		var transient *durable.Transient
		if !errors.As(err, &transient) || !strings.HasPrefix(transient.Public, c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, transient), "SECRET") {
			t.Errorf("%s: the URL is in it: %v", name, err)
		}
	}
	var transient *durable.Transient
	if err := azureerror.Unanswered("Key Vault shop", "read", context.Canceled); errors.As(err, &transient) || !errors.Is(err, context.Canceled) {
		t.Errorf("our own doing is told as trouble of the service: %v", err)
	}
}

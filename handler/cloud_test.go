package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/appgateway"
	"certgate/internal/settings"
)

// asked notes what a token is asked for, and where the request goes.
type asked struct{ scope, host string }

func (a *asked) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	a.scope = strings.Join(o.Scopes, " ")
	return azcore.AccessToken{Token: "t"}, nil
}

func (a *asked) Do(r *http.Request) (*http.Response, error) {
	a.host = r.URL.Host
	return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
}

func TestEachCloudHasItsOwnResourceManager(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ host, audience, authority string }{
		settings.PublicCloud:     {"management.azure.com", "https://management.core.windows.net/", "https://login.microsoftonline.com/"},
		settings.GovernmentCloud: {"management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net/", "https://login.microsoftonline.us/"},
		settings.ChinaCloud:      {"management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn/", "https://login.chinacloudapi.cn/"},
	} {
		var got asked
		gateway, err := appgateway.New(appgateway.Config{SubscriptionID: "s", ResourceGroup: "rg", Name: "gw", Credential: &got,
			Options: arm.ClientOptions{ClientOptions: azcore.ClientOptions{Cloud: cloudOf(name), Transport: &got}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gateway.Read(t.Context()); err == nil {
			t.Error("a gateway that is not there was read")
		}
		if got.host != want.host || got.scope != want.audience+"/.default" {
			t.Errorf("%s: asked %s with a token for %s", name, got.host, got.scope)
		}
		if authority := cloudOf(name).ActiveDirectoryAuthorityHost; authority != want.authority {
			t.Errorf("%s: tokens come from %s", name, authority)
		}
	}
}

package appgateway_test

import (
	"testing"

	"certgate/internal/appgateway"
	"certgate/internal/appgateway/appgatewaytest"
)

func TestBrokenCertificatesAreNamed(t *testing.T) {
	t.Parallel()
	doc := parse(t, appgatewaytest.Gateway())
	for _, c := range []struct {
		name    string
		refusal appgateway.Refusal
		want    string
	}{
		{"by its secret", appgateway.Refusal{Code: "ApplicationGatewayKeyVaultSecretException", Details: []appgateway.Detail{
			{Code: "ApplicationGatewayKeyVaultSecretAccessDenied", Message: "Access denied for KeyVault Secret 'https://other.vault.azure.net/secrets/wild' for Application Gateway '" + appgatewaytest.ID + "'."}}}, "wild"},
		{"by its secret with a version", appgateway.Refusal{Code: "X", Details: []appgateway.Detail{
			{Code: "ApplicationGatewayKeyVaultSecretAccessDenied", Message: "https://other.vault.azure.net/secrets/wild/0123 is gone"}}}, "wild"},
		{"by its secret with the port, in other letters", appgateway.Refusal{Code: "X", Details: []appgateway.Detail{
			{Code: "ApplicationGatewayKeyVaultSecretAccessDenied", Message: "Access denied for KeyVault Secret 'https://OTHER.vault.azure.net:443/secrets/Wild/'."}}}, "wild"},
		{"by its entry", appgateway.Refusal{Code: "ApplicationGatewaySslCertificateInvalidData", Message: "Data for certificate '" + appgatewaytest.ID + "/sslCertificates/legacy' is invalid."}, "legacy"},
		{"a secret that no entry has", appgateway.Refusal{Code: "ApplicationGatewayKeyVaultSecretException", Message: "https://x.vault.azure.net/secrets/y is gone"}, "https://x.vault.azure.net/secrets/y"},
		{"not at all, when it is about something else", appgateway.Refusal{Code: "InvalidResourceReference", Message: appgatewaytest.ID + "/sslCertificates/legacy was not found"}, ""},
	} {
		got := appgateway.BrokenCertificates(doc, &c.refusal)
		if (c.want == "" && len(got) > 0) || (c.want != "" && (len(got) != 1 || got[0] != c.want)) {
			t.Errorf("%s: %v, want %q", c.name, got, c.want)
		}
	}
}

package settings_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"certgate/internal/settings"
)

func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "c3VwZXItc2VjcmV0LWtleS1ieXRlcy0x"
	for name, value := range map[string]string{
		"AcmeEabHmacKey":                       secret + "!",
		"AcmeEndpoint":                         "http://user:" + secret + "@ca.example/?token=" + secret,
		"BlobContainerUrl":                     "https://acct.blob.core.windows.net/?sig=" + secret,
		"KeyVaultBaseUrl":                      "https://v.vault.azure.net/x?code=" + secret,
		"AzureWebJobsStorage":                  "AccountKey=" + secret,
		"AzureWebJobsStorage__accountName":     "AccountName=x;AccountKey=" + secret,
		"AzureWebJobsStorage__queueServiceUri": "https://x.queue.core.windows.net/?sv=1&sig=" + secret,
		"AZURE_CLIENT_ID":                      "SharedAccessSignature=" + secret,
	} {
		if _, err := settings.Load(with(map[string]string{name: value})); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := settings.Load(with(map[string]string{"AcmeEabKeyId": "kid", "AcmeEabHmacKey": secret,
		"AzureWebJobsStorage": "AccountName=acct;AccountKey=" + secret, "BlobContainerUrl": "https://acct.blob.core.windows.net/challenges?sig=" + secret}))
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("settings", "all", got, "key", got.Issuers[0].EABHMACKey)
	for _, text := range []string{fmt.Sprint(got), fmt.Sprintf("%+v", got), fmt.Sprintf("%#v", got), fmt.Sprintf("%q %x", got.Issuers[0].EABHMACKey, got.Issuers[0].EABHMACKey), string(encoded), logged.String()} {
		if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("a secret is in %s", text)
		}
	}
	if got.Issuers[0].EABHMACKey.Reveal() != secret {
		t.Error("the secret itself is lost")
	}
}

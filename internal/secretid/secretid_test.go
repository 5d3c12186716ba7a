package secretid_test

import (
	"slices"
	"testing"

	"certgate/internal/secretid"
)

const shop = "https://v.vault.azure.net/secrets/shop-example-com"

// These are the forms that were met on gateways.
func TestEveryFormOfAnIDIsTheSameSecret(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		shop,
		shop + "/",
		"https://v.vault.azure.net:443/secrets/shop-example-com",
		"https://v.vault.azure.net:443/secrets/shop-example-com/",
		"HTTPS://V.Vault.Azure.NET/Secrets/Shop-Example-Com",
		shop + "/0123456789abcdef0123456789abcdef",
		shop + "/0123456789ABCDEF0123456789abcdef/",
	} {
		if !secretid.Same(id, shop) || secretid.Key(id) != shop {
			t.Errorf("%s has the key %s", id, secretid.Key(id))
		}
		if !secretid.InVault(id, "https://V.vault.azure.net:443/") {
			t.Errorf("%s is not in its vault", id)
		}
	}
}

func TestOtherSecretsAreOthers(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"",
		"https://v.vault.azure.net/secrets/shop-example-com-2",
		"https://w.vault.azure.net/secrets/shop-example-com",
		"https://v.vault.azure.net:8443/secrets/shop-example-com",
		"https://v.vault.azure.net/certificates/shop-example-com",
		"https://v.vault.azure.net/secrets/",
		"https://v.vault.azure.net/secrets/shop-example-com/1/2",
		"http://v.vault.azure.net/secrets/shop-example-com",
		"/secrets/shop-example-com",
	} {
		if secretid.Same(id, shop) || secretid.Equal(id, shop) {
			t.Errorf("%q is taken for %s", id, shop)
		}
	}
	if _, ok := secretid.Parse("https://v.vault.azure.net/certificates/shop-example-com"); ok {
		t.Error("the id of a certificate is taken for one of a secret")
	}
}

func TestAPinnedIDIsNotEqualToOneThatFollows(t *testing.T) {
	t.Parallel()
	pinned := "https://V.vault.azure.net:443/secrets/shop-example-com/0123"
	if secretid.Equal(pinned, shop) || !secretid.Equal(pinned, shop+"/0123/") || !secretid.Equal(shop+"/", shop) {
		t.Error("versions are not told apart")
	}
	if id, ok := secretid.Parse(pinned); !ok || id.Version != "0123" || id.Versionless() != "https://V.vault.azure.net/secrets/shop-example-com" {
		t.Errorf("%+v", id)
	}
}

func TestIDsAreFoundInASentence(t *testing.T) {
	t.Parallel()
	text := "Access denied for KeyVault Secret 'https://V.vault.azure.net:443/secrets/a/' and https://v.vault.azure.net/secrets/b/0123. See https://aka.ms/secrets."
	if got := secretid.Find(text); !slices.Equal(got, []string{"https://V.vault.azure.net:443/secrets/a", "https://v.vault.azure.net/secrets/b/0123"}) {
		t.Errorf("%q", got)
	}
}

package keyvault_test

import (
	"errors"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
)

func TestANameOfASecretOrKeyIsTaken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sentence string
		occupy   func(*testing.T, *azsecrets.Client, *azkeys.Client)
	}{
		{"a secret", setSecret},
		{"a secret that is disabled", func(t *testing.T, secrets *azsecrets.Client, _ *azkeys.Client) {
			_, err := secrets.SetSecret(t.Context(), shop.Name, azsecrets.SetSecretParameters{Value: to.Ptr("v"),
				SecretAttributes: &azsecrets.SecretAttributes{Enabled: to.Ptr(false)}}, nil)
			if err != nil {
				t.Fatal(err)
			}
		}},
		{"a secret that is deleted softly", func(t *testing.T, secrets *azsecrets.Client, keys *azkeys.Client) {
			setSecret(t, secrets, keys)
			if _, err := secrets.DeleteSecret(t.Context(), shop.Name, nil); err != nil {
				t.Fatal(err)
			}
		}},
		{"a key", createKey},
		{"a key that is deleted softly", func(t *testing.T, secrets *azsecrets.Client, keys *azkeys.Client) {
			createKey(t, secrets, keys)
			if _, err := keys.DeleteKey(t.Context(), shop.Name, nil); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			s := simulate(t)
			client := azcore.ClientOptions{Transport: s.transport}
			secrets, err := azsecrets.NewClient(vaultURL, identity{}, &azsecrets.ClientOptions{ClientOptions: client})
			if err != nil {
				t.Fatal(err)
			}
			keys, err := azkeys.NewClient(vaultURL, identity{}, &azkeys.ClientOptions{ClientOptions: client})
			if err != nil {
				t.Fatal(err)
			}
			c.occupy(t, secrets, keys)
			v := s.vault(t)
			if _, err := v.Under(t.Context(), shop); !errors.Is(err, issuance.ErrNameTaken) {
				t.Errorf("a look: %v", err)
			}
			if _, err := v.PendingCSR(t.Context(), shop); !errors.Is(err, issuance.ErrNameTaken) {
				t.Errorf("issue: %v", err)
			}
			pfx, _ := uploaded(t, s, "", "shop.example.com")
			if _, err := v.Import(t.Context(), shop, pfx, ""); !errors.Is(err, issuance.ErrNameTaken) {
				t.Errorf("import: %v", err)
			}
		})
	}
}

func setSecret(t *testing.T, secrets *azsecrets.Client, _ *azkeys.Client) {
	t.Helper()
	if _, err := secrets.SetSecret(t.Context(), shop.Name, azsecrets.SetSecretParameters{Value: to.Ptr("v")}, nil); err != nil {
		t.Fatal(err)
	}
}

func createKey(t *testing.T, _ *azsecrets.Client, keys *azkeys.Client) {
	t.Helper()
	p := azkeys.CreateKeyParameters{Kty: to.Ptr(azkeys.KeyTypeEC), Curve: to.Ptr(azkeys.CurveNameP256)}
	if _, err := keys.CreateKey(t.Context(), shop.Name, p, nil); err != nil {
		t.Fatal(err)
	}
}

// The documents name no inner code for parallel work on a pending certificate.
func TestAConflictWithoutAKnownCauseIsLookedInto(t *testing.T) {
	t.Parallel()
	const pending = "GET /certificates/shop-example-com/pending"
	_, csr := selfSigned(t, "shop.example.com")
	conflict := refusing(409, "Conflict", "", "Something else is going on.")
	running := answer{status: 200, body: `{"status":"inProgress","issuer":{"name":"Unknown"},"csr":"` + csr + `"}`}

	service := &script{answers: map[string][]answer{createShop: {conflict}, pending: {running}}}
	v := newVault(t, keyvault.Config{Transport: redirect(t, service), KeyType: managed.ECP256})
	if got, err := v.PendingCSR(once(t), shop); err != nil || len(got) == 0 {
		t.Errorf("an operation that fits: %v", err)
	}
	s := simulate(t)
	pfx, _ := uploaded(t, s, "", "shop.example.com")
	service = &script{answers: map[string][]answer{"POST /certificates/shop-example-com/import": {conflict}, pending: {running}}}
	if _, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).Import(once(t), shop, pfx, ""); !isLater(err) {
		t.Errorf("an import beside an operation: %v", err)
	}
	service = &script{answers: map[string][]answer{createShop: {conflict}}}
	_, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).PendingCSR(once(t), shop)
	if trouble := new(durable.Transient); !errors.As(err, &trouble) {
		t.Errorf("nothing found: %v", err)
	}
}

package acmeca_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/issuance"
)

func TestACrashAfterRegistrationDoesNotLoseTheAccount(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	secret := &acmecatest.Secret{FailSave: 2} // the one with the URL
	first, w := machine(p, secret, &acmecatest.Locks{})
	if _, err := first.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}); !errors.Is(err, acmecatest.ErrDown) {
		t.Fatalf("got %v", err)
	}
	if created := w.seen("POST /sign-me-up 201"); len(created) != 1 {
		t.Fatalf("registrations: %v", created)
	}
	second, w := machine(p, secret, &acmecatest.Locks{})
	if _, err := second.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}); err != nil {
		t.Fatal(err)
	}
	if found := w.seen("POST /sign-me-up 200"); len(found) != 1 {
		t.Errorf("the second run made another account: %v", w.seen("POST /sign-me-up"))
	}
}

func TestAnAuthorityThatForgotTheAccountGetsItBackUnderTheSameKey(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	secret, shared := &acmecatest.Secret{}, &acmecatest.Locks{}
	ca, w := machine(p, secret, shared)
	other, otherWire := machine(p, secret, shared)
	order := must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}))
	must[issuance.Order](t)(other.Order(t.Context(), order.URL))
	before := storedKey(t, secret)

	p.restart(t)

	if _, err := ca.Order(t.Context(), order.URL); !errors.Is(err, issuance.ErrGone) {
		t.Errorf("the order of before: %v", err)
	}
	if n := len(w.seen("POST /sign-me-up")); n != 2 {
		t.Errorf("registered %d times", n)
	}
	must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}))
	must[issuance.Order](t)(other.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}))
	if n := len(otherWire.seen("POST /sign-me-up")); n != 0 {
		t.Errorf("the other machine registered %d times instead of reading the secret", n)
	}
	if storedKey(t, secret) != before {
		t.Error("the key has changed")
	}
}

func storedKey(t *testing.T, secret *acmecatest.Secret) string {
	t.Helper()
	var stored struct{ PrivateKey string }
	if err := json.Unmarshal([]byte(secret.Text()), &stored); err != nil || stored.PrivateKey == "" {
		t.Fatalf("stored account: %v", err)
	}
	return stored.PrivateKey
}

func TestAnExternalAccountIsBound(t *testing.T) {
	t.Parallel()
	const good = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
	p := startPebble(t, pebbleOptions{eabKeys: map[string]string{"kid-1": good}})
	for _, c := range []struct{ name, keyID, hmacKey, words string }{
		{"without a key", "", "", "external account key id"},
		{"with half of a pair", "kid-1", "", "needs a key id and an HMAC key"},
		{"with a key that is not base64", "kid-1", "not base64!", "needs a key id and an HMAC key"},
		{"with an unknown key id", "kid-2", good, "Check the external account key id"},
		{"with the right key", "kid-1", good, ""},
		{"with the right key, padded", "kid-1", good + "==", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ca := acmeca.New(acmeca.Config{
				Endpoint: p.base, EABKeyID: c.keyID, EABHMACKey: c.hmacKey,
				Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: p.transport(),
			})
			_, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
			if c.words == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantFailure(t, err, issuance.CodeAccountRefused, c.words)
			if c.hmacKey != "" && strings.Contains(err.Error(), c.hmacKey) {
				t.Error("the error shows the HMAC key")
			}
		})
	}
}

func TestTheKeyOfTheBindingMayLieInASecret(t *testing.T) {
	t.Parallel()
	const good = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
	p := startPebble(t, pebbleOptions{eabKeys: map[string]string{"kid-1": good}})
	for name, c := range map[string]struct{ kept, words string }{
		"as it was handed out": {kept: good + "\n"},
		"not there":            {words: "is not in Key Vault. Store the key there"},
		"not base64":           {kept: "not base64!", words: "needs a key id and an HMAC key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := &acmecatest.Secret{}
			if c.kept != "" {
				key.Put(c.kept)
			}
			ca := acmeca.New(acmeca.Config{
				Endpoint: p.base, EABKeyID: "kid-1", EABSecret: key,
				Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: p.transport(),
			})
			_, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
			if c.words != "" {
				wantFailure(t, err, issuance.CodeAccountRefused, c.words)
			} else if err != nil {
				t.Error(err)
			}
			if key.Text() != c.kept {
				t.Error("the key was changed")
			}
		})
	}
}

func TestAStoredAccountThatCannotBeUsedIsLeftAlone(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	for _, c := range []struct{ name, content, words string }{
		{"of another authority", `{"directory":"https://elsewhere.test/directory","accountUrl":"https://elsewhere.test/1"}`, "belongs to https://elsewhere.test/directory"},
		{"that is not JSON", `-----BEGIN PRIVATE KEY-----`, "not the JSON"},
		{"without a key", `{"directory":"` + p.directory() + `"}`, "not PEM"},
		{"with a broken key", `{"directory":"` + p.directory() + `","privateKey":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}`, "not PKCS#8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			secret := &acmecatest.Secret{}
			secret.Put(c.content)
			ca, w := machine(p, secret, &acmecatest.Locks{})
			_, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
			wantFailure(t, err, issuance.CodeAccountRefused, c.words)
			if secret.Text() != c.content || len(w.seen("POST")) > 0 {
				t.Error("the account was touched")
			}
		})
	}
}

func TestIdentityMakesNoAccount(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	secret, shared := &acmecatest.Secret{}, &acmecatest.Locks{}
	ca, w := machine(p, secret, shared)
	before := must[issuance.CAIdentity](t)(ca.Identity(t.Context()))
	if before.AccountURI != "" || len(before.Domains) != 1 || before.Domains[0] != "pebble.test" {
		t.Errorf("before: %+v", before)
	}
	if secret.Text() != "" || len(w.seen("POST")) > 0 {
		t.Error("asking for the identity made an account")
	}
	must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}))
	another, w := machine(p, secret, shared)
	after := must[issuance.CAIdentity](t)(another.Identity(t.Context()))
	if !strings.HasPrefix(after.AccountURI, p.base+"/") || len(w.seen("POST")) > 0 {
		t.Errorf("after: %+v with %v", after, w.seen("POST"))
	}
}

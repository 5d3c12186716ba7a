package preflight_test

import (
	"strings"
	"testing"

	"certgate/internal/acmeca"
	"certgate/internal/issuance"
)

func TestTheAuthorityTheAccountAndTheProfileAreLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true, profile: "nosuch"})
	found, _ := w.run("")
	w.want(found, "certificateAuthority", "ok")
	w.want(found, "certificateAuthorityAccount", "ok", "first certificate makes one")
	w.want(found, "certificateProfile", "not", "nosuch", "AcmeProfile")
	if w.account.Text() != "" {
		t.Error("an account was made")
	}
}

func TestAnAccountIsReadAndNotBroughtBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	ca := w.config.Authority.(*acmeca.CA)
	if _, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"shop.example.com"}}); err != nil {
		t.Fatal(err)
	}
	identity, err := ca.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, _ := w.run("")
	w.want(found, "certificateAuthorityAccount", "ok", identity.AccountURI)

	other := newWorld(t, options{ownCA: true}) // another authority, which has never heard of it
	saved := w.account.Text()
	if err := other.account.Save(t.Context(), []byte(strings.ReplaceAll(saved, w.pebble.URL(), other.pebble.URL()))); err != nil {
		t.Fatal(err)
	}
	before := other.account.Text()
	found, _ = other.run("")
	other.want(found, "certificateAuthorityAccount", "ok", "registers it again")
	if other.account.Text() != before {
		t.Error("the account was changed")
	}
}

func TestAnAuthorityThatIsDownIsOneFaultAndNotThree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	w.pebble.Stop()
	found, _ := w.run("")
	w.want(found, "certificateAuthority", "not", "could not be reached")
	w.want(found, "certificateAuthorityAccount", "unknown", "certificateAuthority")
	w.want(found, "certificateProfile", "unknown", "certificateAuthority")
}

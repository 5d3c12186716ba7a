package preflight_test

import (
	"context"
	"strings"
	"testing"

	"certgate/internal/acmeca"
	"certgate/internal/issuance"
	"certgate/internal/preflight"
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
	ca := w.config.Issuers[0].Authority.(*acmeca.CA)
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

func TestTheChecksOfAnIssuerNameItAndItsSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true, issuer: "zerossl", profile: "nosuch"})
	w.config.Issuers = append(w.config.Issuers, preflight.Issuer{Authority: acmeca.New(acmeca.Config{Endpoint: "https://127.0.0.1:1/dir", Accounts: w.account})})
	found, _ := w.run("")
	w.want(found, "certificateAuthority:zerossl", "ok")
	w.want(found, "certificateAuthorityAccount:zerossl", "ok", "first certificate makes one")
	w.want(found, "certificateProfile:zerossl", "not", "nosuch", "Issuer__zerossl__Profile")
	w.want(found, "certificateAuthority", "not", "could not be reached")
	if title := found["certificateProfile:zerossl"].Title; title != "Certificate profile (zerossl)" {
		t.Errorf("title %q", title)
	}
}

func TestCAARecordsAreJudgedForEachIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	w.config.Issuers = append(w.config.Issuers, preflight.Issuer{Name: "second", Preferred: true, Authority: told{Directory: "https://second.test/dir", CAADomains: []string{"second.test"}, Account: "https://second.test/1"}})
	look := func(values ...string) map[string]preflight.Finding {
		if err := w.pebble.DNS().ClearCAA(t.Context(), "example.com"); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if err := w.pebble.DNS().AddCAA(t.Context(), "example.com", "issue", v); err != nil {
				t.Fatal(err)
			}
		}
		found, _ := w.run("shop.example.com")
		return found
	}
	w.want(look("second.test"), "caa", "ok", "allow the certificate authority second.", "They do not allow this certificate authority")
	w.want(look("ca.test", "second.test; accounturi=https://second.test/1"), "caa", "ok", "allow this certificate authority and the certificate authority second.")
	w.want(look("ca.test", "second.test; accounturi=https://second.test/2"), "caa", "ok", "allow this certificate authority.", "They do not allow the certificate authority second")
	w.want(look("other.test"), "caa", "not", "They do not allow this certificate authority", "They do not allow the certificate authority second", `example.com CAA 0 issue "ca.test"`)
}

// told is an authority that says this.
type told acmeca.Description

func (a told) Describe(context.Context) (acmeca.Description, error) {
	return acmeca.Description(a), nil
}

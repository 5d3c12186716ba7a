package issuance_test

import (
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
)

func addWith(w *issuancetest.World, o managed.Options) string {
	w.Helper()
	start, err := issuance.AddWith("shop.example.com", false, o)
	if err != nil {
		w.Fatal(err)
	}
	return w.Start(start)
}

func TestOptionsHoldForTheFirstVersionAndForRenewals(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	second := w.AddIssuer("second")
	wanted := managed.Options{KeyType: "EC-P256", ReuseKey: true, Issuer: "second", Profile: "short", PreferredChain: "Root X"}
	id := addWith(w, wanted)
	for round := range 2 {
		w.Drain()
		if inst := w.Instance(id); inst.Status != durable.Completed {
			t.Fatalf("%s %+v", inst.Status, inst.Custom)
		}
		r := w.Record("shop-example-com")
		if r.Options != wanted || r.Authority != "second" || r.Profile != "short" {
			t.Errorf("the record has %+v, %s, %s", r.Options, r.Authority, r.Profile)
		}
		found, err := w.Vault.Certificate(t.Context(), "shop-example-com")
		if err != nil || issuance.OptionsOf(found.Tags[issuance.TagOptions]) != wanted || found.Tags[issuance.TagProfile] != "short" {
			t.Errorf("%v, the tags are %v", err, found.Tags)
		}
		if len(w.CA.Requests) != 0 || len(second.Requests) != round+1 || second.Requests[round].Profile != "short" || second.PreferredChain != "Root X" {
			t.Errorf("round %d: orders %d and %+v, chain %q", round, len(w.CA.Requests), second.Requests, second.PreferredChain)
		}
		start, err := issuance.Renewal(r, "", "test")
		if err != nil {
			t.Fatal(err)
		}
		id = w.Start(start)
	}
}

// Who names an issuer gets its certificate from that one, or none.
func TestAnIssuerThatIsNamedIsNotGoneOverFrom(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	second := w.AddIssuer("second")
	second.Broken = true
	id := addWith(w, managed.Options{Issuer: "second"})
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Failed || len(w.CA.Requests) != 0 {
		t.Errorf("%s %+v, %d orders at the other one", inst.Status, inst.Custom, len(w.CA.Requests))
	}
	delete(w.Issuers.By, "second")
	gone := addWith(w, managed.Options{Issuer: "second"})
	w.Drain()
	if inst := w.Instance(gone); inst.Custom.Error != issuance.CodeIssuerNotFound || !strings.Contains(inst.Custom.Message, `"second"`) {
		t.Errorf("one that the settings have no more: %+v", inst.Custom)
	}
}

func TestACertificateWithOtherOptionsIsNotInstalledInPlaceOfAnOrder(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	addWith(w, managed.Options{ReuseKey: true})
	w.Drain()
	addWith(w, managed.Options{ReuseKey: true})
	w.Drain()
	if n := len(w.CA.Requests); n != 1 {
		t.Errorf("the same options: %d orders", n)
	}
	addWith(w, managed.Options{})
	w.Drain()
	if n := len(w.CA.Requests); n != 2 {
		t.Errorf("other options: %d orders", n)
	}
}

func TestARevokedKeyIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	r := &managed.Record{Name: "a", Hostnames: []string{"a.example.com"}, Revoked: true, Options: managed.Options{ReuseKey: true}}
	start, err := issuance.Renewal(r, "", "test")
	if err != nil || !strings.Contains(string(start.Input), `"options":{"reuseKey":true},"newKey":true`) {
		t.Errorf("%v %s", err, start.Input)
	}
}

func TestTheTagOfOptionsIsReadAsFarAsItIsUnderstood(t *testing.T) {
	t.Parallel()
	all := managed.Options{KeyType: "EC-P521", ReuseKey: true, Issuer: "zerossl", Profile: "a<b", PreferredChain: "Root & Sons"}
	tag := issuance.OptionsInTag("func-certgate", all)
	if want := `{"install":"func-certgate","keyType":"EC-P521","reuseKey":true,"issuer":"zerossl","profile":"a<b","preferredChain":"Root & Sons"}`; tag != want {
		t.Errorf("%s\nwant\n%s", tag, want)
	}
	if got := issuance.OptionsOf(tag); got != all {
		t.Errorf("read back: %+v", got)
	}
	for tag, want := range map[string]managed.Options{
		"":                       {},
		"mine":                   {},
		`{"install":"func-x"}`:   {},
		`{"keyType":"RSA-1024"}`: {},
		`{"profile":"short","reuseKey":true,"later":1}`: {ReuseKey: true},
	} {
		if got := issuance.OptionsOf(tag); got != want {
			t.Errorf("%s: %+v", tag, got)
		}
	}
	if got := issuance.OptionsInTag("", managed.Options{}); got != "" {
		t.Errorf("nothing is written as %s", got)
	}
}

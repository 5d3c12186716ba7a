package renewal_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
)

func TestTenThousandRecordsCostWhatIsDue(t *testing.T) {
	t.Parallel()
	w := newRenewalWorld(t)
	now := w.Clock.Now()
	for i := range 10_000 {
		r := &managed.Record{Name: fmt.Sprintf("h%05d", i), Hostnames: []string{fmt.Sprintf("h%05d.example.com", i)}, NotBefore: now.Add(-day), NotAfter: now.Add(89 * day), NextCheck: now.Add(day)}
		if i%4000 == 0 { // 3 of them
			r.NotBefore, r.NextCheck = now.Add(-300*day), now.Add(-time.Minute)
		}
		if err := w.Records.Records.SaveRecord(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if done := w.sweep(); done.Checked != 3 || done.Started != 3 {
		t.Fatalf("the sweep came to %+v", done)
	}
	if n := w.Records.Count(); n != 2+2*3 { // look, look again; read and save each
		t.Errorf("3 due records cost %d requests, want 8", n)
	}
	if done := w.sweep(); done.Checked != 0 || w.Records.Count() != 9 {
		t.Errorf("an idle sweep looked at %d and cost %d requests, want 1", done.Checked, w.Records.Count()-8)
	}
}

func TestTheVaultIsListedAndReadOnlyWhereItHasNews(t *testing.T) {
	t.Parallel()
	w := newRenewalWorld(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		w.Vault.PutKey(fmt.Sprintf("h%03d", i), fmt.Sprintf("h%03d.example.com", i), w.CA, nil, key.Public())
	}
	w.Vault.PutKey("foreign", "foreign.example.com", w.CA, map[string]string{"Hostname": "foreign.example.com"}, key.Public())
	w.Vault.PutKey("retired", "retired.example.com", w.CA, map[string]string{"Hostname": "retired.example.com", "ManagedBy": "somebody"}, key.Public())
	if done := w.reconcile(); done != (renewal.Reconciled{Managed: 12, Adopted: 12}) || w.Vault.Reads != 12 {
		t.Fatalf("the first time came to %+v with %d reads", done, w.Vault.Reads)
	}
	if _, err := w.Records.Record(t.Context(), "foreign"); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("a certificate of somebody else was taken over: %v", err)
	}
	r := w.Record("h007")
	if r.Hostnames[0] != "h007.example.com" || r.CertID == "" || r.Served != managed.ServedUnknown || r.NextCheck.IsZero() {
		t.Errorf("a record that was made from the vault: %+v", r)
	}

	w.Vault.Remove("h001")                                                                                 // gone
	w.Vault.PutKey("h002", "h002.example.com", w.CA, nil, key.Public())                                    // another version
	w.Vault.PutKey("h003", "h003.example.com", w.CA, map[string]string{"Owner": "somebody"}, key.Public()) // not ours any more
	w.Vault.PutKey("h004", "h004.example.com", w.CA, map[string]string{"Hostname": "h004.example.com", "ManagedBy": "certgate", "Imported": "true"}, key.Public())
	before := w.Vault.Reads
	if done := w.reconcile(); done != (renewal.Reconciled{Managed: 10, Corrected: 2, Forgotten: 2}) || w.Vault.Reads-before != 4 {
		t.Errorf("the second time came to %+v with %d reads", done, w.Vault.Reads-before)
	}
	if r := w.Record("h004"); !r.Imported || !r.NextCheck.IsZero() {
		t.Errorf("an imported version is still renewed: %+v", r)
	}
	w.until(70 * day)
	for _, inst := range w.Instances(issuance.FlowRenewCertificate) {
		if host := w.input(inst).Hostnames[0].Hostname; host == "foreign.example.com" || host == "h003.example.com" || host == "h004.example.com" {
			t.Errorf("%s was renewed", host)
		}
	}
}

func TestACertificateOfThePredecessorIsTakenOverWhereTheGatewayUsesIt(t *testing.T) {
	t.Parallel()
	w := newRenewalWorld(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// It has the published tag and the published listener, and no other mark.
	old := w.Vault.PutKey(shopName, shop, w.CA, map[string]string{"Hostname": shop}, key.Public())
	w.install(shopName, shop, old.SecretID)
	// This one lives longer than an authority's: somebody brought it.
	w.CA.Lifetime = 365 * day
	brought := w.Vault.PutKey("brought-example-com", "brought.example.com", w.CA, map[string]string{"Hostname": "brought.example.com"}, key.Public())
	w.install("brought-example-com", "brought.example.com", brought.SecretID)
	w.CA.Lifetime = 90 * day
	// Somebody else's has the tag as well, and a listener of another name.
	theirs := w.Vault.PutKey("theirs", "theirs.example.com", w.CA, map[string]string{"Hostname": "theirs.example.com"}, key.Public())
	w.install("portal", "theirs.example.com", theirs.SecretID)

	w.Gateway.Away = errors.New("ARM is away")
	if done := w.reconcile(); done != (renewal.Reconciled{Problems: 3}) {
		t.Fatalf("without the gateway it came to %+v", done)
	}
	w.Gateway.Away = nil
	if done := w.reconcile(); done != (renewal.Reconciled{Managed: 2, Adopted: 2}) {
		t.Fatalf("it came to %+v", done)
	}
	w.until(70 * day)
	if r := w.Record(shopName); r.Version == old.Version || r.Failures != 0 {
		t.Errorf("it was not renewed: %+v", r)
	}
	if r := w.Record("brought-example-com"); r.Version != brought.Version || !r.Imported {
		t.Errorf("what somebody brought was renewed, or is not known as such: %+v", r)
	}
	if found, err := w.Vault.Certificate(t.Context(), shopName); err != nil || !w.Vault.Owns(found) {
		t.Errorf("the renewed one does not carry the marks: %v %v", found.Tags, err)
	}
}

func TestACertificateInUseIsNotForgottenBecauseItsTagsAreGone(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.Vault.PutKey(shopName, shop, w.CA, map[string]string{}, key.Public())
	w.Gateway.Away = errors.New("ARM is away")
	if done := w.reconcile(); done.Forgotten != 0 || done.Problems != 1 {
		t.Fatalf("without the gateway it came to %+v", done)
	}
	w.Gateway.Away = nil
	if done := w.reconcile(); done.Forgotten != 0 || done.Problems != 0 {
		t.Fatalf("in use, it came to %+v", done)
	}
	w.Gateway.Remove(shop)
	w.install("portal", shop, w.Record(shopName).SecretID)
	if done := w.reconcile(); done.Forgotten != 0 || done.Problems != 0 {
		t.Fatalf("in use by a listener of another name, it came to %+v", done)
	}
	w.Gateway.Remove(shop)
	if done := w.reconcile(); done.Forgotten != 1 {
		t.Fatalf("unused, it came to %+v", done)
	}
}

// As when the settings lead to another vault.
func TestACertificateInUseIsNotForgottenBecauseTheVaultHasNone(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Vault.Remove(shopName)
	w.Gateway.Away = errors.New("ARM is away")
	if done := w.reconcile(); done.Forgotten != 0 || done.Problems != 1 {
		t.Fatalf("without the gateway it came to %+v", done)
	}
	w.Gateway.Away = nil
	if done := w.reconcile(); done.Forgotten != 0 || done.Problems != 0 {
		t.Fatalf("in use, it came to %+v", done)
	}
	w.until(70 * day)
	if c, err := w.Vault.Certificate(t.Context(), shopName); err != nil || !w.Vault.Owns(c) {
		t.Fatalf("its renewal did not make it anew: %v", err)
	}
	w.Vault.Remove(shopName)
	w.Gateway.Remove(shop)
	if done := w.reconcile(); done.Forgotten != 1 {
		t.Fatalf("unused, it came to %+v", done)
	}
}

func TestWhenTheVaultsListIsRefusedWhatIsKnownIsRenewed(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Clock.Advance(70 * day)
	w.Vault.Deny = func(string) error {
		return &durable.Failure{Code: issuance.CodeVaultAccessDenied, Message: "No."}
	}
	run := w.Start(renewal.RunStart())
	w.RunTo(w.Clock.Now().Add(time.Minute))
	if inst := w.Instance(run); inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeVaultAccessDenied {
		t.Errorf("the run is %s: %s", inst.Status, inst.Custom.Message)
	}
	w.renewal()
	w.Record(shopName) // is not forgotten
}

func TestOneBadCertificateNeverStopsTheOthers(t *testing.T) {
	t.Parallel()
	w := issued(t, "a.example.com", "b.example.com", "c.example.com", "d.example.com")
	w.Records.Broken = func(name string) error {
		if name == "a-example-com" {
			return errors.New("the row is broken")
		}
		return nil
	}
	two := w.Record("b-example-com")
	two.Hostnames = nil // nothing to order
	if err := w.Records.SaveRecord(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	w.CA.Refuse = func(r issuance.OrderRequest) error {
		if r.Hostnames[0] == "c.example.com" {
			return &durable.Failure{Code: issuance.CodeOrderRefused, Message: "Not this one."}
		}
		return nil
	}
	w.Clock.Advance(70 * day)
	run := w.Start(renewal.RunStart())
	done, err := w.renewals.SweepDue(t.Context(), w.Clock.Now())
	if err == nil || done.Started != 2 || done.Problems != 2 {
		t.Errorf("the sweep came to %+v, %v", done, err)
	}
	w.Drain()
	if r := w.Record("d-example-com"); r.Version != "v5" {
		t.Errorf("the good one is still at %s", r.Version)
	}
	if r := w.Record("c-example-com"); r.Failures != 1 || r.Problem.Code != issuance.CodeOrderRefused {
		t.Errorf("the refused one: %+v", r)
	}
	if inst := w.Instance(run); !inst.Status.Ended() {
		t.Errorf("the run is %s", inst.Status)
	}
}

func TestASilentAuthorityIsNotAskedAHundredTimes(t *testing.T) {
	t.Parallel()
	w := newRenewalWorld(t)
	w.CA.Suggest = func(*x509.Certificate) (managed.Window, error) {
		return managed.Window{}, errors.New("no route to host")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		w.Vault.PutKey(fmt.Sprintf("h%03d", i), fmt.Sprintf("h%03d.example.com", i), w.CA, nil, key.Public())
	}
	w.reconcile()
	w.Clock.Advance(time.Minute)
	if done := w.sweep(); done.Checked != 100 || done.Problems != 0 || w.CA.Asked > 3+8 {
		t.Errorf("%+v; the authority was asked %d times", done, w.CA.Asked)
	}
	if r := w.Record("h050"); r.NextCheck.Sub(w.Clock.Now()) != time.Hour || r.RenewAt.IsZero() {
		t.Errorf("the next look is at %s", r.NextCheck)
	}
}

func TestARenewalJoinsWhatIsAtWorkForTheHostname(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Clock.Advance(70 * day)
	w.Add(shop)
	if done := w.sweep(); done.Joined != 1 || done.Started != 0 {
		t.Errorf("the sweep came to %+v", done)
	}
	w.Drain()
	if r := w.Record(shopName); r.Version != "v2" || len(w.CA.Requests) != 2 {
		t.Errorf("version %s after %d orders", r.Version, len(w.CA.Requests))
	}
}

// retiring is what a retirement needs, and finds done.
type retiring struct{}

func (retiring) Retire(context.Context, durable.Turn, string, string) (bool, error) { return true, nil }
func (retiring) Disable(context.Context, string) error                              { return nil }
func (retiring) Version(context.Context, string, string) (issuance.VaultCertificate, error) {
	return issuance.VaultCertificate{}, issuance.ErrGone
}

// What is being retired is not renewed, and its retirement is no trouble of the sweep.
func TestARenewalThatMeetsARetirementIsLookedAtLater(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Runner.Add(issuance.RetireCertificate(issuance.RetirePorts{Gateways: issuance.Gateways{{Name: issuance.DefaultGateway, Listeners: retiring{}}}, Vault: retiring{}, Records: w.Records}))
	w.Clock.Advance(70 * day)
	input, _ := json.Marshal(issuance.RetireInput{Certificate: shopName, Hostnames: []issuance.InputHostname{{Hostname: shop}}})
	w.Start(durable.Start{Flow: issuance.FlowRetireCertificate, Claim: issuance.Claim(shop), Input: input})
	if done := w.sweep(); done.Started != 0 || done.Problems != 0 || done.Joined != 1 {
		t.Errorf("the sweep came to %+v", done)
	}
	if r := w.Record(shopName); r.NextCheck.Sub(w.Clock.Now()) != time.Hour {
		t.Errorf("the next look is at %s", r.NextCheck)
	}
	w.Drain()
	w.Clock.Advance(2 * time.Hour)
	if done := w.sweep(); done.Started != 0 || !w.Record(shopName).Retired || len(w.CA.Requests) != 1 {
		t.Errorf("after the retirement: %+v, %d orders", done, len(w.CA.Requests))
	}
}

func TestARunTellsWhatItDid(t *testing.T) {
	t.Parallel()
	w := issued(t, shop, "www.example.com")
	w.Vault.Put("api-example-com", "api.example.com", w.CA, nil)
	w.Clock.Advance(70 * day)
	inst := w.completed(w.Start(renewal.RunStart()))
	var output map[string]map[string]int
	if err := json.Unmarshal(inst.Output, &output); err != nil {
		t.Fatalf("output %s: %v", inst.Output, err)
	}
	if output["due"]["checked"] != 2 || output["due"]["started"] != 2 || output["vault"]["managed"] != 3 || output["vault"]["adopted"] != 1 {
		t.Errorf("the output is %s", inst.Output)
	}
}

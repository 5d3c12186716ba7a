package issuance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/caa"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
)

const (
	shop     = "shop.example.com"
	shopName = "shop-example-com"
)

var importedTags = map[string]string{"Hostname": shop, "ManagedBy": "certgate", "Imported": "true"}

func importWorld(t *testing.T) *issuancetest.World {
	t.Helper()
	w := issuancetest.NewWorld(t)
	w.Runner.Add(issuance.ImportCertificate(w.Ports()))
	return w
}

// imports starts the import of a version that is in the vault.
func imports(w *issuancetest.World, c issuance.VaultCertificate) string {
	w.Helper()
	start, err := issuance.Import(shop, c, false, nil)
	if err != nil {
		w.Fatal(err)
	}
	return w.Start(start)
}

func TestAnImportedCertificateIsServedAndRememberedAsImported(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*issuancetest.World){
		"each message once":          func(*issuancetest.World) {},
		"each message twice":         func(w *issuancetest.World) { w.Pump.Twice = true },
		"each message's end is lost": func(w *issuancetest.World) { w.Pump.LoseDeletes = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := importWorld(t)
			set(w)
			kept := w.Vault.Put(shopName, shop, w.CA, importedTags)
			id := imports(w, kept)
			w.Drain()
			inst := w.Instance(id)
			if inst.Status != durable.Completed || inst.Custom.Message != "Certbot function successfully completed." {
				t.Fatalf("%s %+v", inst.Status, inst.Custom)
			}
			if !bytes.Equal(w.Served(shop).Raw, kept.Leaf) || w.Gateway.Changes != 1 {
				t.Errorf("%d changes of the gateway, which serves %x", w.Gateway.Changes, w.Served(shop).SerialNumber)
			}
			var out issuance.Result
			if err := json.Unmarshal(inst.Output, &out); err != nil || out.CertificateName != shopName || out.Version != kept.Version {
				t.Errorf("output %s", inst.Output)
			}
			if r := w.Record(shopName); !r.Imported || r.Version != kept.Version || r.LastInstance != id || r.Served != managed.ServedCurrent {
				t.Errorf("record %+v", r)
			}
			if len(w.CA.Requests) != 0 {
				t.Errorf("%d orders for a certificate that is there", len(w.CA.Requests))
			}
		})
	}
}

func TestWhatShouldBePutRightStandsInTheOutputOfAnImport(t *testing.T) {
	t.Parallel()
	w := importWorld(t)
	start, err := issuance.Import(shop, w.Vault.Put(shopName, shop, w.CA, importedTags), false, nil, "The intermediate is missing.")
	if err != nil {
		t.Fatal(err)
	}
	inst := w.Instance(w.Start(start))
	w.Drain()
	inst = w.Instance(inst.ID)
	var out issuance.Result
	if err := json.Unmarshal(inst.Output, &out); err != nil || len(out.Warnings) != 1 || out.Warnings[0] != "The intermediate is missing." {
		t.Errorf("output %s", inst.Output)
	}
}

func TestAnImportThatCannotGoOnLeavesTheGatewayAloneAndTheCertificateInTheVault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breaks func(w *issuancetest.World)
		code   string
		says   string
		gone   bool
	}{
		"the hostname leads elsewhere": {func(w *issuancetest.World) { w.Gateway.Elsewhere = func(string) bool { return true } },
			issuance.CodeHostnameNotResolving, "no address", false},
		"somebody deleted it": {func(w *issuancetest.World) { w.Vault.Remove(shopName) },
			issuance.CodeImportedNotUsable, "no longer in Key Vault", true},
		"somebody replaced it": {func(w *issuancetest.World) { w.Vault.Put(shopName, "other.example.com", w.CA, nil) },
			issuance.CodeImportedNotUsable, "does not cover " + shop, false},
		"it has expired": {func(w *issuancetest.World) { w.Clock.AdvanceTo(w.Clock.Now().Add(91 * 24 * time.Hour)) },
			issuance.CodeImportedNotUsable, "expired", false},
		"the vault says no": {func(w *issuancetest.World) {
			w.Vault.Deny = func(string) error { return &durable.Failure{Code: issuance.CodeVaultAccessDenied, Message: "No."} }
		}, issuance.CodeVaultAccessDenied, "No.", false},
		"the gateway refuses the listener": {func(w *issuancetest.World) {
			w.Gateway.Refuse = func(issuance.Listener) error {
				return &durable.Failure{Code: issuance.CodeGatewayRefused, Message: "Not this one."}
			}
		}, issuance.CodeGatewayRefused, "Not this one.", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := importWorld(t)
			kept := w.Vault.Put(shopName, shop, w.CA, importedTags)
			c.breaks(w)
			id := imports(w, kept)
			w.Drain()
			inst := w.Instance(id)
			if inst.Status != durable.Failed || inst.Custom.Error != c.code || !strings.Contains(inst.Custom.Message, c.says) {
				t.Errorf("%s %+v, want %s with %q", inst.Status, inst.Custom, c.code, c.says)
			}
			if w.Gateway.Changes != 0 {
				t.Error("the gateway was changed")
			}
			w.Vault.Deny = nil
			if _, err := w.Vault.Certificate(t.Context(), shopName); (err != nil) != c.gone {
				t.Errorf("the certificate in the vault: %v", err)
			}
		})
	}
}

func TestAnImportTakesTheNewestVersionBecauseTheGatewayDoes(t *testing.T) {
	t.Parallel()
	w := importWorld(t)
	kept := w.Vault.Put(shopName, shop, w.CA, importedTags)
	newer := w.Vault.Put(shopName, shop, w.CA, nil) // by somebody else, not an import
	id := imports(w, kept)
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
	if r := w.Record(shopName); r.Version != newer.Version || r.Imported {
		t.Errorf("record %+v", r)
	}
	if h := w.History(id); !strings.Contains(h, "newer version") {
		t.Errorf("the history does not say so:\n%s", h)
	}
}

// Nothing is issued, so whom CAA allows does not matter.
func TestAnImportDoesNotAskForCAA(t *testing.T) {
	t.Parallel()
	w := importWorld(t)
	ports := w.Ports()
	ports.Resolver = forbidding{w.Gateway}
	w.Runner.Add(issuance.ImportCertificate(ports))
	id := imports(w, w.Vault.Put(shopName, shop, w.CA, importedTags))
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
}

// forbidding is DNS whose CAA records allow nobody.
type forbidding struct{ issuance.Resolver }

func (forbidding) CAA(context.Context, string) (caa.Records, error) {
	return caa.Records{Owner: shop, Records: []caa.Record{{Tag: "issue", Value: ";"}}}, nil
}

func TestAnInputThatWasNotMadeByAnImportIsRefused(t *testing.T) {
	t.Parallel()
	w := importWorld(t)
	for _, input := range []string{`{}`, `{"hostnames":[{"hostname":"a.example.com"}]}`, `{"hostnames":[],"certificateName":"a","version":"v1"}`, `[]`} {
		if _, _, err := w.Runner.Start(t.Context(), durable.Start{Flow: issuance.FlowImportCertificate, Claim: "c", Input: json.RawMessage(input)}); err == nil {
			t.Errorf("%s was taken", input)
		}
	}
}

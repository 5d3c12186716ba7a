package issuance_test

import (
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
)

func TestNoOrderIsPlacedForWhatCannotBeInstalled(t *testing.T) {
	t.Parallel()
	const host = "a.b.example.com"
	for name, c := range map[string]struct {
		breaks func(*issuancetest.World)
		code   string
	}{
		"no room on the gateway": {func(w *issuancetest.World) {
			w.Gateway.Full = func(l issuance.Listener) error {
				if l.Hostname != host || l.Name != "a-b-example-com" || l.SecretID == "" {
					t.Errorf("asked about %+v", l)
				}
				return &durable.Failure{Code: issuance.CodeGatewayLimit, Message: "The gateway is full."}
			}
		}, issuance.CodeGatewayLimit},
		"both names in the vault are taken": {func(w *issuancetest.World) {
			for _, name := range issuance.CandidateNames(host) {
				w.Vault.Put(name, "a-b.example.com", w.CA, nil)
			}
		}, issuance.CodeVaultRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			c.breaks(w)
			id := w.Add(host)
			w.Drain()
			if inst := w.Instance(id); inst.Status != durable.Failed || inst.Custom.Error != c.code {
				t.Errorf("%s %+v", inst.Status, inst.Custom)
			}
			if n := len(w.CA.Requests); n != 0 {
				t.Errorf("%d orders were placed", n)
			}
		})
	}
}

func TestAGatewayThatCannotBeReadDelaysTheOrderOnly(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	away := w.Clock.Now().Add(time.Hour)
	w.Gateway.Full = func(issuance.Listener) error {
		if w.Clock.Now().Before(away) {
			return &durable.Transient{Public: "Resource Manager does not answer."}
		}
		return nil
	}
	id := w.Add("shop.example.com")
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed || len(w.CA.Requests) != 1 {
		t.Errorf("%s %+v, %d orders", inst.Status, inst.Custom, len(w.CA.Requests))
	}
}

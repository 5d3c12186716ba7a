package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"certgate/internal/issuance"
)

// sweepWithin bounds one look at what is due; functionTimeout in host.json is 5
// minutes. What is left over is for the next one.
const sweepWithin = 4 * time.Minute

// addRenewal makes renewing known to the engine and returns what decides when.
func (m managing) addRenewal(p issuance.Ports) *issuance.Renewals {
	renewals := issuance.NewRenewals(issuance.RenewalsConfig{
		Records: m.store, Info: m.ca, Vault: m.vault, Gateway: m.view, Starter: m.runner, Log: m.log,
	})
	m.runner.Add(issuance.RenewCertificate(p))
	m.runner.Add(issuance.RenewCertificates(renewals))
	return renewals
}

// renewDue looks at the certificates whose next look is due. It is no instance:
// the records say how far it came, and most of the time there is nothing to do.
func (t triggers) renewDue(w http.ResponseWriter, r *http.Request) {
	t.timer(w, r, func(ctx context.Context) (string, error) {
		ctx, cancel := context.WithTimeout(ctx, sweepWithin)
		defer cancel()
		done, err := t.renewals.SweepDue(ctx, t.runner.Now())
		return fmt.Sprintf("%d looked at, %d renewals started, %d problems", done.Checked, done.Started, done.Problems), err
	})
}

// renewCertificates starts the run over all certificates. One that is still under
// way is left alone.
func (t triggers) renewCertificates(w http.ResponseWriter, r *http.Request) {
	t.timer(w, r, func(ctx context.Context) (string, error) {
		id, existing, err := t.runner.Start(ctx, issuance.RenewalRunStart())
		if existing {
			return fmt.Sprintf("instance %s is still at it", id), nil
		}
		return fmt.Sprintf("instance %s looks at all certificates", id), err
	})
}

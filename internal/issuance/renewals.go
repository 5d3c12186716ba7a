package issuance

import (
	"context"
	"log/slog"
	"math/rand/v2"

	"certgate/internal/durable"
)

// Starter starts instances; *durable.Runner does.
type Starter interface {
	Start(ctx context.Context, s durable.Start) (id string, existing bool, err error)
}

// Renewals finds out what is due and starts its renewal. It keeps nothing but the
// records: two of them at work at the same time, or one that dies, cost a repeat.
type Renewals struct {
	records Records
	info    RenewalInfo
	vault   ManagedVault
	gateway Installations
	starter Starter
	random  func() float64
	log     *slog.Logger
}

// RenewalsConfig is what Renewals is made of. Random and Log may be left out.
type RenewalsConfig struct {
	Records Records
	Info    RenewalInfo
	Vault   ManagedVault
	Gateway Installations
	Starter Starter
	// Random returns numbers in [0,1) for the times in windows.
	Random func() float64
	Log    *slog.Logger
}

// NewRenewals makes a Renewals. It does no I/O.
func NewRenewals(c RenewalsConfig) *Renewals {
	r := &Renewals{records: c.Records, info: c.Info, vault: c.Vault, gateway: c.Gateway, starter: c.Starter, random: c.Random, log: c.Log}
	if r.random == nil {
		r.random = rand.Float64
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

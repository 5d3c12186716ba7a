// Package renewal decides for all certificates together: which are due, and what the
// records should be by the vault and the gateway. The renewal of one certificate is a
// flow of package issuance.
package renewal

import (
	"context"
	"log/slog"
	"math/rand/v2"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// Starter starts instances; *durable.Runner does.
type Starter interface {
	Start(ctx context.Context, s durable.Start) (id string, existing bool, err error)
}

// Renewals finds out what is due and starts its renewal. It keeps nothing but the
// records: two of them at work at the same time, or one that dies, cost a repeat.
type Renewals struct {
	records managed.Records
	info    Info
	issuers issuance.Authorities
	vault   Vault
	gateway Installations
	starter Starter
	random  func() float64
	log     *slog.Logger
}

// Config is what Renewals is made of. Random and Log may be left out.
type Config struct {
	Records managed.Records
	Info    Info
	Issuers issuance.Authorities
	Vault   Vault
	Gateway Installations
	Starter Starter
	// Random returns numbers in [0,1) for the times in windows.
	Random func() float64
	Log    *slog.Logger
}

// New makes a Renewals. It does no I/O.
func New(c Config) *Renewals {
	r := &Renewals{records: c.Records, info: c.Info, issuers: c.Issuers, vault: c.Vault, gateway: c.Gateway, starter: c.Starter, random: c.Random, log: c.Log}
	if r.random == nil {
		r.random = rand.Float64
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

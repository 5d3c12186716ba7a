package issuance

import (
	"context"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

const (
	// servedSoon is how long a new listener may take to answer after the gateway
	// said that its update is done.
	servedSoon = 10 * time.Minute
	// servedLate is how long a listener may go on with its older certificate: a
	// gateway reads a rotated secret every 4 hours.
	servedLate = 9 * time.Hour
)

// verifyServed proves the result from outside, and remembers the certificate. A
// listener that is new must serve it within minutes. One that serves the version before
// is fine for the time being: the gateway is asked once to read the vault again, and in
// the end there is a warning, not a failure, because the certificate is in place and
// clients are served. They are not if the older one has expired: then it is a failure.
// Any other certificate is one of another listener, which a gateway serves for names
// that it does not know, though it may cover the hostname.
//
// A second run of CreateCertificateStep may have begun a version in the vault after
// the first had merged, and died. By now it is over, so the last thing is to take
// that back. A gateway behind a front may let nobody else in: then there is a warning, and
// the delivery to the front looks at what clients get. vault is nil for an import, which begins none.
func verifyServed(probe Probe, fronts Fronts, gateways Gateways, vault Vault, records managed.Records) durable.Step[State] {
	return durable.Step[State]{
		Name:   stepVerifyServed,
		Says:   "Checking that Application Gateway serves the new certificate.",
		Title:  "Check what the gateway serves",
		Within: 12 * time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			waited := t.Now.Sub(t.Since)
			next, err := nextNotCurrent(ctx, probe, fronts, vault, records, t, s)
			if err != nil {
				return durable.Outcome{}, err
			}
			switch {
			case next.host == "":
				return durable.Done(), complete(ctx, vault, records, t, s, s.seen())
			case next.problem != "" && waited >= servedSoon:
				return durable.Fail(CodeNotServed, next.problem), nil
			case next.problem != "":
				return durable.Wait(servedPause(waited), next.problem), nil
			case !next.older:
				return durable.Wait(0, fmt.Sprintf("The gateway serves %d of %d hostnames with the new certificate; looking at more.", s.Verified, len(s.names()))), nil
			}
			if !s.refreshed(next.gateway) {
				return readVaultAgain(ctx, gateways, next.gateway, t, s)
			}
			switch {
			case waited < servedLate:
				return durable.Wait(oldPause(waited), "The gateway still serves the previous certificate. It reads Key Vault every 4 hours."), nil
			case next.expired:
				return durable.Fail(CodeNotServed, fmt.Sprintf("The gateway still serves a certificate for %s that has expired, and does not read the new one. Check that its identity can read the secret in Key Vault.", next.host)), nil
			}
			return durable.Done().Noting("Warning: the gateway still serves the previous certificate. It reads Key Vault every 4 hours; check that its identity can read the secret."),
				complete(ctx, vault, records, t, s, managed.ServedPrevious)
		},
	}
}

// seen is what the looks came to that found nothing wrong.
func (s *State) seen() managed.Served {
	if s.Unseen {
		return managed.ServedUnknown
	}
	return managed.ServedCurrent
}

// complete leaves nothing pending and remembers the certificate.
func complete(ctx context.Context, vault Vault, records managed.Records, t durable.Turn, s *State, served managed.Served) error {
	if vault != nil {
		if err := vault.DiscardPending(ctx, s.CertificateName, s.names()); err != nil {
			return err
		}
	}
	return remember(ctx, records, t, s, served)
}

// readVaultAgain has a gateway changed a little, once: with any change it reads
// its secrets.
func readVaultAgain(ctx context.Context, gateways Gateways, name string, t durable.Turn, s *State) (durable.Outcome, error) {
	listener := s.listener(name)
	listener.Refresh = s.Certificate.Version
	gateway, err := gateways.Named(name)
	if err != nil {
		return durable.Outcome{}, err
	}
	stands, _, err := gateway.Want(ctx, t, listener)
	if err != nil {
		return durable.Outcome{}, err
	}
	if !stands {
		return durable.Park(), nil
	}
	s.Refreshed = true
	if len(s.gateways()) > 1 {
		s.RefreshedOn = append(s.RefreshedOn, name)
	}
	return durable.Wait(2*time.Second, "The gateway was asked to read the new certificate from Key Vault."), nil
}

// oldPause is short while the gateway may still be at it.
func oldPause(waited time.Duration) time.Duration {
	if waited < time.Minute {
		return 10 * time.Second
	}
	return 15 * time.Minute
}

func servedPause(waited time.Duration) time.Duration {
	return min(max(waited/2, 2*time.Second), 30*time.Second)
}

package issuance

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
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
// that back. vault is nil for an import, which begins none.
func verifyServed(probe Probe, lane Lane, vault Vault, records managed.Records) durable.Step[State] {
	return durable.Step[State]{
		Name:   stepVerifyServed,
		Says:   "Checking that Application Gateway serves the new certificate.",
		Title:  "Check what the gateway serves",
		Within: 12 * time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			waited := t.Now.Sub(t.Since)
			old, expired := false, false
			var known *managed.Record
			for _, look := range AtEach(s.GatewayIPs, func(ip netip.Addr) ([]byte, error) { return probe.ServedLeaf(ctx, s.Hostname, ip) }) {
				leaf, ip, err := look.Found, look.At, look.Err
				seen := managed.ServedNone
				switch {
				case err != nil:
				case bytes.Equal(leaf, s.Certificate.Leaf):
					seen = managed.ServedCurrent
				default:
					if known == nil {
						if known, err = s.toBe(ctx, records); err != nil {
							return durable.Outcome{}, err
						}
					}
					if seen, err = Shown(ctx, vault, known, leaf); err != nil {
						return durable.Outcome{}, err
					}
				}
				switch {
				case seen == managed.ServedCurrent:
				case seen == managed.ServedPrevious:
					_, until := covers(leaf, s.Hostname)
					old, expired = true, expired || !t.Now.Before(until)
				case waited >= servedSoon:
					return durable.Fail(CodeNotServed, notServed(s, ip.String(), err)), nil
				default:
					return durable.Wait(servedPause(waited), notServed(s, ip.String(), err)), nil
				}
			}
			if !old {
				return durable.Done(), complete(ctx, vault, records, t, s, managed.ServedCurrent)
			}
			if !s.Refreshed {
				return readVaultAgain(ctx, lane, t, s)
			}
			switch {
			case waited < servedLate:
				return durable.Wait(oldPause(waited), "The gateway still serves the previous certificate. It reads Key Vault every 4 hours."), nil
			case expired:
				return durable.Fail(CodeNotServed, fmt.Sprintf("The gateway still serves a certificate for %s that has expired, and does not read the new one. Check that its identity can read the secret in Key Vault.", s.Hostname)), nil
			}
			return durable.Done().Noting("Warning: the gateway still serves the previous certificate. It reads Key Vault every 4 hours; check that its identity can read the secret."),
				complete(ctx, vault, records, t, s, managed.ServedPrevious)
		},
	}
}

// complete leaves nothing pending and remembers the certificate.
func complete(ctx context.Context, vault Vault, records managed.Records, t durable.Turn, s *State, served managed.Served) error {
	if vault != nil {
		if err := vault.DiscardPending(ctx, s.CertificateName, []string{s.Hostname}); err != nil {
			return err
		}
	}
	return remember(ctx, records, t, s, served)
}

// readVaultAgain has the gateway changed a little, once: with any change it reads
// its secrets.
func readVaultAgain(ctx context.Context, lane Lane, t durable.Turn, s *State) (durable.Outcome, error) {
	listener := s.listener()
	listener.Refresh = s.Certificate.Version
	stands, _, err := lane.Want(ctx, t, listener)
	if err != nil {
		return durable.Outcome{}, err
	}
	if !stands {
		return durable.Park(), nil
	}
	s.Refreshed = true
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

func notServed(s *State, addr string, err error) string {
	if err != nil {
		return fmt.Sprintf("The gateway does not serve %s over TLS at %s: %s", s.Hostname, addr, sentence(err))
	}
	return fmt.Sprintf("The gateway at %s serves another certificate for %s than the one in Key Vault.", addr, s.Hostname)
}

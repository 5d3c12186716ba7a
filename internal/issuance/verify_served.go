package issuance

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"certgate/internal/durable"
)

const (
	// servedSoon is how long a new listener may take to answer after the gateway
	// said that its update is done.
	servedSoon = 10 * time.Minute
	// servedLate is how long a listener may go on with its older certificate: a
	// gateway reads a rotated secret every 4 hours.
	servedLate = 9 * time.Hour
)

// verifyServed proves the result from outside. A listener that is new must serve
// the certificate within minutes. One that serves an older certificate for the
// hostname is fine for the time being: the gateway is asked once to read the
// vault again, and in the end there is a warning, not a failure, because the
// certificate is in place and clients are served.
func verifyServed(probe Probe, lane Lane) durable.Step[State] {
	return durable.Step[State]{
		Name:   "VerifyServedCertificateStep",
		Says:   "Checking that Application Gateway serves the new certificate.",
		Within: 12 * time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			waited := t.Now.Sub(t.Since)
			old := false
			for _, ip := range s.GatewayIPs {
				leaf, err := probe.ServedLeaf(ctx, s.Hostname, ip)
				switch {
				case err == nil && bytes.Equal(leaf, s.Certificate.Leaf):
				case err == nil && coversNow(leaf, s.Hostname, t.Now):
					old = true
				case waited >= servedSoon:
					return durable.Fail(CodeNotServed, notServed(s, ip.String(), err)), nil
				default:
					return durable.Wait(servedPause(waited), notServed(s, ip.String(), err)), nil
				}
			}
			if !old {
				return durable.Done(), nil
			}
			return serveOld(ctx, lane, t, s, waited)
		},
	}
}

func serveOld(ctx context.Context, lane Lane, t durable.Turn, s *State, waited time.Duration) (durable.Outcome, error) {
	if !s.Refreshed {
		listener := s.listener()
		listener.Refresh = s.Certificate.Version
		stands, err := lane.Want(ctx, t, listener)
		if err != nil {
			return durable.Outcome{}, err
		}
		if !stands {
			return durable.Park(), nil
		}
		s.Refreshed = true
		return durable.Wait(2*time.Second, "The gateway was asked to read the new certificate from Key Vault."), nil
	}
	if waited >= servedLate {
		return durable.Done().Noting("Warning: the gateway still serves the previous certificate. It reads Key Vault every 4 hours; check that its identity can read the secret."), nil
	}
	pause := 15 * time.Minute
	if waited < time.Minute {
		pause = 10 * time.Second
	}
	return durable.Wait(pause, "The gateway still serves the previous certificate. It reads Key Vault every 4 hours."), nil
}

func servedPause(waited time.Duration) time.Duration {
	return min(max(waited/2, 2*time.Second), 30*time.Second)
}

func coversNow(leaf []byte, hostname string, now time.Time) bool {
	c, err := x509.ParseCertificate(leaf)
	return err == nil && c.VerifyHostname(hostname) == nil && now.Before(c.NotAfter)
}

func notServed(s *State, addr string, err error) string {
	if err != nil {
		return fmt.Sprintf("The gateway does not serve %s over TLS at %s: %s", s.Hostname, addr, sentence(err))
	}
	return fmt.Sprintf("The gateway at %s serves another certificate for %s than the one in Key Vault.", addr, s.Hostname)
}

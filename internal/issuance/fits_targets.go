package issuance

import (
	"crypto/x509"
	"time"

	"certgate/internal/durable"
)

// Targets are what serves certificates beside the gateway.
type Targets interface {
	// Fits says why some of them could not serve the certificate that is about to be
	// ordered, and what is not known of that: sentences, "" for nothing. It does no I/O.
	Fits(hostnames []string, o Offer) (problem, note string)
}

// Offer is what is known of a certificate before it is ordered.
type Offer struct {
	KeyType  string // as managed.KeyType writes it
	Source   Source
	Lifetime time.Duration // of the version before from the same source; 0 if there is none
}

// fitsTargets refuses an order whose certificate a target could not serve. A renewal goes
// on with a warning: the gateway must not be left without one for the sake of another.
func fitsTargets(targets Targets, keyType string, source Source, s *State) error {
	if targets == nil {
		return nil
	}
	problem, note := targets.Fits(s.names(), Offer{KeyType: keyType, Source: source, Lifetime: s.Lifetime})
	switch {
	case problem != "" && !s.Renewal:
		return &durable.Failure{Code: CodeTargetDoesNotFit, Message: problem + " Change what is ordered, or take the hostname out of the target in InstallTargets."}
	case problem != "":
		s.warn("Warning: " + problem)
	case note != "":
		s.warn("Warning: " + note)
	}
	return nil
}

// lifetime is how long a certificate (DER) is valid in all; 0 if it cannot be read.
func lifetime(der []byte) time.Duration {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return 0
	}
	return c.NotAfter.Sub(c.NotBefore)
}

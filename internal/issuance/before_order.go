package issuance

import (
	"context"
	"errors"
	"time"

	"certgate/internal/issuance/managed"
)

// beforeOrder looks whether the certificate could be kept and installed: an order counts
// against the authority's limits, whatever becomes of its certificate. It changes
// nothing. The name in the vault is looked for once; the gateway is looked at in every
// run, for a limit of the authority may have kept the step waiting for days.
func beforeOrder(ctx context.Context, vault Vault, gateways Gateways, targets Targets, records managed.Records, source Source, now time.Time, s *State) error {
	if s.Planned.Name == "" {
		if err := plan(ctx, vault, records, source, now, s); err != nil {
			return err
		}
	}
	wanted := s.Planned
	wanted.KeyType = vault.KeyType(s.request())
	if s.Certificate.Version == "" {
		if err := fitsTargets(targets, wanted.KeyType, source, s); err != nil {
			return err
		}
	}
	var bad []error
	for _, name := range s.gateways() {
		gateway, err := gateways.Named(name)
		if err == nil {
			err = gateway.Fits(ctx, wanted)
		}
		bad = append(bad, on(name, s.gateways(), err))
	}
	return together(len(bad), "gateways", bad)
}

// plan finds the name that the certificate will have, as makeCSR will, and whether the
// vault has one already that will do.
func plan(ctx context.Context, vault Vault, records managed.Records, source Source, now time.Time, s *State) error {
	names := s.possibleNames()
	taken := ErrNameTaken
	for _, name := range names {
		found, err := vault.Under(ctx, CertificateRequest{Name: name, Hostnames: s.names(), Exact: s.Exact})
		if errors.Is(err, ErrNameTaken) {
			taken = err
			continue
		}
		if err != nil {
			return err
		}
		if from := (Source{Directory: found.Tags[TagDirectory], Profile: found.Tags[TagProfile]}); from == source {
			s.Lifetime = lifetime(found.Leaf)
		}
		known, err := willDo(ctx, vault, records, source, now, s, found)
		if err != nil {
			return err
		}
		if known != nil {
			found.Tags = nil // of no use to later steps
			s.CertificateName, s.Certificate, s.Source, s.Account = name, found, source, known.Account
		}
		s.Planned = Listener{Name: name, Hostname: s.Hostname, Hostnames: s.several(), Exact: s.Exact, SecretID: found.SecretID}
		return nil
	}
	return namesTaken(names, taken)
}

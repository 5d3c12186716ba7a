package issuance

import (
	"context"
	"errors"
)

// beforeOrder looks whether the certificate could be kept and installed: an order counts
// against the authority's limits, whatever becomes of its certificate. It changes
// nothing. The name in the vault is looked for once; the gateway is looked at in every
// run, for a limit of the authority may have kept the step waiting for days.
func beforeOrder(ctx context.Context, vault Vault, lane Lane, s *State) error {
	if s.Planned.Name == "" {
		if err := plan(ctx, vault, s); err != nil {
			return err
		}
	}
	return lane.Fits(ctx, s.Planned)
}

// plan finds the name that the certificate will have, as makeCSR will.
func plan(ctx context.Context, vault Vault, s *State) error {
	names := s.possibleNames()
	taken := ErrNameTaken
	for _, name := range names {
		found, err := vault.Under(ctx, CertificateRequest{Name: name, Hostnames: []string{s.Hostname}})
		if errors.Is(err, ErrNameTaken) {
			taken = err
			continue
		}
		if err != nil {
			return err
		}
		s.Planned = Listener{Name: name, Hostname: s.Hostname, SecretID: found.SecretID}
		return nil
	}
	return namesTaken(names, taken)
}

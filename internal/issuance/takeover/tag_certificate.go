package takeover

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// maxRounds bounds how often a new version may appear while the tags are changed.
const maxRounds = 3

// tagCertificate puts certgate's tags in place of the other manager's. The version is
// named, and read again afterwards: one that appeared meanwhile has the tags of whoever
// made it, and is remembered and tagged in its turn.
func (p Ports) tagCertificate() durable.Step[adoption] {
	return durable.Step[adoption]{
		Name:  "TagCertificateStep",
		Says:  "Telling Key Vault that certgate renews the certificate of {hostname}.",
		Title: "Change its tags in Key Vault",
		Run: func(ctx context.Context, _ durable.Turn, s *adoption) (durable.Outcome, error) {
			found, err := p.Vault.Certificate(ctx, s.Certificate)
			if err == nil && found.Version == s.Version {
				ours, fits := p.Vault.OurTags(found.Tags, s.Hostnames)
				if !fits {
					return durable.Fail(issuance.CodeTakeOverTagsFull, fmt.Sprintf("The certificate %s has so many tags in Key Vault that certgate's have no room: 15 are the limit. Remove some.", s.Certificate)), nil
				}
				if maps.Equal(ours, found.Tags) {
					return durable.Done(), nil
				}
				if err := p.Vault.SetTags(ctx, s.Certificate, s.Version, ours); err != nil {
					return durable.Outcome{}, err
				}
				found, err = p.Vault.Certificate(ctx, s.Certificate)
			}
			switch {
			case errors.Is(err, issuance.ErrGone):
				return durable.Fail(issuance.CodeTakeOverNotServed, fmt.Sprintf("Key Vault has no certificate %s any more.", s.Certificate)), nil
			case err != nil:
				return durable.Outcome{}, err
			case found.Version == s.Version:
				return durable.Done(), nil
			}
			if s.Rounds++; s.Rounds > maxRounds {
				return durable.Fail(issuance.CodeTakeOverAtWork, fmt.Sprintf("New versions of the certificate %s keep appearing in Key Vault. Find out who makes them, then ask again.", s.Certificate)), nil
			}
			return durable.GoTo(stepRemember).Noting("A new version appeared in Key Vault meanwhile; that one is taken over."), nil
		},
	}
}

package issuance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// FlowRevokeCertificate is published: the status URI shows it as "name".
const FlowRevokeCertificate = "RevokeCertificateFunctions"

// RevocationReason is why a certificate is revoked. The words are published and
// are those of RFC 5280 section 5.3.1.
type RevocationReason string

const (
	ReasonUnspecified          RevocationReason = "unspecified"
	ReasonKeyCompromise        RevocationReason = "keyCompromise"
	ReasonSuperseded           RevocationReason = "superseded"
	ReasonCessationOfOperation RevocationReason = "cessationOfOperation"
)

// RevocationReasons lists the reasons that may be given. The others of RFC 5280
// are the authority's own to give.
func RevocationReasons() []RevocationReason {
	return []RevocationReason{ReasonUnspecified, ReasonKeyCompromise, ReasonSuperseded, ReasonCessationOfOperation}
}

func reasonCode(r RevocationReason) uint {
	switch r {
	case ReasonKeyCompromise:
		return 1
	case ReasonSuperseded:
		return 4
	case ReasonCessationOfOperation:
		return 5
	}
	return 0
}

// RevokePorts is what revoking needs from the world.
type RevokePorts struct {
	Authorities Authorities
	Vault       VersionedVault
	Records     managed.Records
}

// Revoker is the revoking side of an ACME authority (RFC 8555 section 7.6).
type Revoker interface {
	// Revoke revokes a certificate (DER) for a reason of RFC 5280 section 5.3.1. One
	// that is revoked already is not an error.
	Revoke(ctx context.Context, leaf []byte, reason uint) error
}

// VersionedVault is what managing needs of the vault beside issuance.
type VersionedVault interface {
	// Version reads one version of a certificate, the newest if version is "".
	// ErrGone if there is none. A disabled one can be read too.
	Version(ctx context.Context, name, version string) (VaultCertificate, error)
	// Disable makes the newest version unreadable. ErrGone if there is none.
	Disable(ctx context.Context, name string) error
}

// RevokeInput is the published input of a revocation.
type RevokeInput struct {
	Certificate string           `json:"certificate"` // name in the vault
	Hostnames   []InputHostname  `json:"hostnames"`
	Reason      RevocationReason `json:"reason"`
	Version     string           `json:"version"` // in the vault; fixed when the revocation is asked for
}

type revocation struct {
	Name     string           `json:"name"`
	Hostname string           `json:"hostname"`
	Reason   RevocationReason `json:"reason"`
	Version  string           `json:"version"`
	Current  bool             `json:"current,omitempty"` // it was the newest version
}

// RevokeCertificate revokes one version of a certificate and has it replaced if
// it is the newest one. It takes nothing off the gateway: clients that check
// revocation are refused until the replacement is served, so people issue the
// replacement first and then revoke the version before it. The version is part of
// the input, so a run that comes late never revokes the replacement.
func RevokeCertificate(p RevokePorts) durable.Definition {
	return durable.Flow[revocation]{
		Name:  FlowRevokeCertificate,
		Title: "Revoke",
		Steps: []durable.Step[revocation]{
			revokeVersion(p),
			recordRevocation(p.Records),
		},
		Begin:    beginRevocation,
		Subject:  func(s *revocation) string { return s.Hostname },
		Finished: "The certificate is revoked.",
		Output: func(s *revocation) any {
			return RevokeResult{Hostname: s.Hostname, CertificateName: s.Name, Version: s.Version, Reason: s.Reason, Replace: s.Current}
		},
	}.Define()
}

// RevokeResult is the published output of a revocation.
type RevokeResult struct {
	Hostname        string           `json:"hostname"`
	CertificateName string           `json:"certificateName"`
	Version         string           `json:"version"`
	Reason          RevocationReason `json:"reason"`
	Replace         bool             `json:"replace"` // it is in use, so it is due for renewal now
}

func beginRevocation(input json.RawMessage) (revocation, error) {
	var in RevokeInput
	if err := json.Unmarshal(input, &in); err != nil {
		return revocation{}, fmt.Errorf("decode input: %w", err)
	}
	if in.Certificate == "" || in.Version == "" || len(in.Hostnames) == 0 {
		return revocation{}, errors.New("the input names no certificate, no version or no hostname")
	}
	return revocation{Name: in.Certificate, Hostname: in.Hostnames[0].Hostname, Reason: in.Reason, Version: in.Version}, nil
}

// revokeVersion asks the authority. Asking again is harmless: it answers that
// this has been done.
func revokeVersion(p RevokePorts) durable.Step[revocation] {
	return durable.Step[revocation]{
		Name:  "RevokeCertificateStep",
		Says:  "Revoking the certificate of {hostname}.",
		Title: "Revoke it at the authority",
		Run: func(ctx context.Context, _ durable.Turn, s *revocation) (durable.Outcome, error) {
			found, err := p.Vault.Version(ctx, s.Name, s.Version)
			if errors.Is(err, ErrGone) {
				return durable.Fail(CodeCertificateGone, fmt.Sprintf("Key Vault has no version %s of the certificate %s any more, so it cannot be shown to the certificate authority.", s.Version, s.Name)), nil
			}
			if err != nil {
				return durable.Outcome{}, err
			}
			if err := revokeAtIssuer(ctx, p.Authorities, p.Records, found, reasonCode(s.Reason)); err != nil {
				return durable.Outcome{}, err
			}
			return durable.Done(), nil
		},
	}
}

// recordRevocation makes the certificate due for renewal at once if what was
// revoked is still the newest version, unless it is retired.
func recordRevocation(records managed.Records) durable.Step[revocation] {
	return durable.Step[revocation]{
		Name:  "RecordRevocationStep",
		Says:  "Noting that the certificate of {hostname} is revoked.",
		Title: "Note the revocation",
		Run: func(ctx context.Context, t durable.Turn, s *revocation) (durable.Outcome, error) {
			return durable.Done(), managed.Change(ctx, records, s.Name, func(r *managed.Record) bool {
				s.Current = r.Version == s.Version && !r.Retired
				if r.Version != s.Version || r.Revoked {
					return false
				}
				r.Revoked = true
				if !r.Retired {
					r.RenewAt, r.NextCheck = t.Now, t.Now
				}
				return true
			})
		},
	}
}

package issuance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// FlowRetireCertificate is published: the status URI shows it as "name".
const FlowRetireCertificate = "RetireCertificateFunctions"

// RetirePorts is what retiring needs from the world.
type RetirePorts struct {
	Gateways    Gateways
	Authorities Authorities
	Vault       VersionedVault
	Records     managed.Records
}

// Listeners takes what was installed off the gateway again.
type Listeners interface {
	// Retire asks for the removal of the named certificate's listener, rule and
	// certificate entry on behalf of the turn, with the rules of Lane.Want. What is
	// not there is not missed. A *durable.Failure says what else still uses it, or
	// refers to its secret (versionless id; "" if the vault has none).
	Retire(ctx context.Context, t durable.Turn, name, secretID string) (done bool, err error)
}

// RetireInput is the published input of a retirement.
type RetireInput struct {
	Certificate string          `json:"certificate"` // name in the vault
	Hostnames   []InputHostname `json:"hostnames"`
	Revoke      bool            `json:"revoke"` // at the certificate authority, too
	// Gateways are those that serve it, as in AddInput.
	Gateways []string `json:"gateways,omitempty"`
}

type retirement struct {
	Name     string `json:"name"`
	Hostname string `json:"hostname"`
	Revoke   bool   `json:"revoke,omitempty"`
	Revoked  bool   `json:"revoked,omitempty"`
	SecretID string `json:"secretId,omitempty"` // of what the last step disables
	// Gateways are as in State; Removed is from how many of them it is off.
	Gateways []string `json:"gateways,omitempty"`
	Removed  int      `json:"removed,omitempty"`
}

// RetireCertificate takes a certificate out of service. The order matters: the
// gateway first, because a listener whose secret cannot be read makes the gateway
// refuse every later change of any tool; then the record, so that nothing
// installs it again should the rest fail; the vault last. Each step finds its own
// work done when it runs again, and so does the whole when it is asked for again.
func RetireCertificate(p RetirePorts) durable.Definition {
	return durable.Flow[retirement]{
		Name:  FlowRetireCertificate,
		Title: "Retire",
		Steps: []durable.Step[retirement]{
			removeListener(p.Gateways, p.Vault),
			stopRenewing(p.Records),
			revokeRetired(p),
			disableCertificate(p.Vault),
		},
		Begin:    beginRetirement,
		Subject:  func(s *retirement) string { return s.Hostname },
		Finished: "The certificate is retired.",
		Output: func(s *retirement) any {
			return RetireResult{Hostname: s.Hostname, CertificateName: s.Name, Revoked: s.Revoked}
		},
	}.Define()
}

// RetireResult is the published output of a retirement.
type RetireResult struct {
	Hostname        string `json:"hostname"`
	CertificateName string `json:"certificateName"`
	Revoked         bool   `json:"revoked"`
}

func beginRetirement(input json.RawMessage) (retirement, error) {
	var in RetireInput
	if err := json.Unmarshal(input, &in); err != nil {
		return retirement{}, fmt.Errorf("decode input: %w", err)
	}
	if in.Certificate == "" || len(in.Hostnames) == 0 {
		return retirement{}, errors.New("the input names no certificate or no hostname")
	}
	return retirement{Name: in.Certificate, Hostname: in.Hostnames[0].Hostname, Revoke: in.Revoke, Gateways: in.Gateways}, nil
}

const stepRemoveListener = "RemoveFromApplicationGatewayStep"

// removeListener hands the removal to the gateway's one writer and parks until
// that wakes it: to that of one gateway after the other, a turn each. The writer is told the secret: certificate entries made by hand may
// refer to it under other names.
func removeListener(gateways Gateways, vault VersionedVault) durable.Step[retirement] {
	return durable.Step[retirement]{
		Name:   stepRemoveListener,
		Says:   "Removing {hostname} from Application Gateway.",
		Title:  "Take it off the gateway",
		Within: 6 * time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *retirement) (durable.Outcome, error) {
			if s.SecretID == "" {
				found, err := vault.Version(ctx, s.Name, "")
				if err != nil && !errors.Is(err, ErrGone) {
					return durable.Outcome{}, err
				}
				s.SecretID = found.SecretID
			}
			names := managed.GatewaysOf(s.Gateways)
			if s.Removed < len(names) {
				name := names[s.Removed]
				gateway, err := gateways.Named(name)
				if err != nil {
					return durable.Outcome{}, err
				}
				gone, err := gateway.Retire(ctx, t, s.Name, s.SecretID)
				if err != nil {
					return durable.Outcome{}, on(name, names, err)
				}
				if !gone {
					return durable.Park(), nil
				}
				if s.Removed++; s.Removed < len(names) {
					return durable.GoTo(stepRemoveListener), nil
				}
			}
			return durable.Done(), nil
		},
	}
}

// stopRenewing takes the certificate out of renewal and watch for good.
func stopRenewing(records managed.Records) durable.Step[retirement] {
	return durable.Step[retirement]{
		Name:  "StopRenewingStep",
		Says:  "Taking the certificate of {hostname} out of renewal.",
		Title: "Stop renewing it",
		Run: func(ctx context.Context, t durable.Turn, s *retirement) (durable.Outcome, error) {
			return durable.Done(), managed.Change(ctx, records, s.Name, func(r *managed.Record) bool {
				if r.Retired {
					return false
				}
				r.Retired, r.RenewAt, r.NextCheck, r.Window, r.Alarm = true, time.Time{}, time.Time{}, nil, ""
				r.Failures, r.Problem, r.Served, r.ServedAt = 0, nil, managed.ServedNone, t.Now
				return true
			})
		},
	}
}

// revokeRetired revokes the newest version, if that was asked for. There is
// nothing to revoke if the vault has none, and no authority to ask if it was imported.
func revokeRetired(p RetirePorts) durable.Step[retirement] {
	return durable.Step[retirement]{
		Name:  "RevokeCertificateStep",
		Says:  "Revoking the certificate of {hostname}.",
		Title: "Revoke it at the authority",
		Run: func(ctx context.Context, _ durable.Turn, s *retirement) (durable.Outcome, error) {
			if !s.Revoke {
				return durable.Done().Noting("Revocation was not asked for."), nil
			}
			found, err := p.Vault.Version(ctx, s.Name, "")
			if errors.Is(err, ErrGone) {
				return durable.Done().Noting("Key Vault has no such certificate, so there is nothing to revoke."), nil
			}
			if err != nil {
				return durable.Outcome{}, err
			}
			if err := revokeAtIssuer(ctx, p.Authorities, p.Records, found, reasonCode(ReasonCessationOfOperation)); err != nil {
				return durable.Outcome{}, err
			}
			s.Revoked = true
			return durable.Done(), managed.Change(ctx, p.Records, s.Name, func(r *managed.Record) bool {
				changed := !r.Revoked
				r.Revoked = true
				return changed
			})
		},
	}
}

// disableCertificate makes the key unreadable, but not gone: whoever made a
// mistake can enable it again.
func disableCertificate(vault VersionedVault) durable.Step[retirement] {
	return durable.Step[retirement]{
		Name:  "DisableCertificateStep",
		Says:  "Disabling the certificate of {hostname} in Key Vault.",
		Title: "Disable it in Key Vault",
		Run: func(ctx context.Context, _ durable.Turn, s *retirement) (durable.Outcome, error) {
			if err := vault.Disable(ctx, s.Name); err != nil && !errors.Is(err, ErrGone) {
				return durable.Outcome{}, err
			}
			return durable.Done(), nil
		},
	}
}

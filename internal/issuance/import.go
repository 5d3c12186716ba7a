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

// FlowImportCertificate puts an uploaded certificate into service. Published.
const FlowImportCertificate = "ImportCertificateFunctions"

// TagImported is the vault's tag on an uploaded version. Published.
const TagImported = "Imported"

// ImportInput is the published input of an import. Key and certificate are in the
// vault before an instance exists, and nowhere else.
type ImportInput struct {
	Hostnames       []InputHostname `json:"hostnames"`
	CertificateName string          `json:"certificateName"` // in the vault
	Version         string          `json:"version"`
	Warnings        []string        `json:"warnings,omitempty"` // about what was uploaded, for the output
	// TakeOver takes a listener whose certificate another manager renews.
	TakeOver bool `json:"takeOver,omitempty"`
	// Gateways are as in AddInput.
	Gateways []string `json:"gateways,omitempty"`
}

// ImportCertificate has the gateway serve a certificate that somebody uploaded.
// It has no clean-up: before the lane is asked nothing is changed, and afterwards
// the listener may be in use. The certificate stays in the vault, so an import
// that failed can be repeated.
func ImportCertificate(p Ports) durable.Definition {
	return durable.Flow[State]{
		Name:  FlowImportCertificate,
		Title: "Import",
		Steps: []durable.Step[State]{
			getPublicIP(p.Gateways),
			checkAddresses(p.Resolver, p.Fronts),
			findImported(p.Vault),
			configureGateway(p.Gateways),
			verifyServed(p.Probe, p.Fronts, p.Gateways, nil, p.Records),
		},
		Begin:    beginImport,
		Subject:  func(s *State) string { return s.Hostname },
		Finished: "Certbot function successfully completed.",
		Output:   output,
	}.Define()
}

// Import is the start of the flow for a certificate that is in the vault.
func Import(hostname string, c VaultCertificate, takeOver bool, gateways []string, warnings ...string) (durable.Start, error) {
	input, err := json.Marshal(ImportInput{Hostnames: []InputHostname{{Hostname: hostname}}, CertificateName: c.Name, Version: c.Version, Warnings: warnings, TakeOver: takeOver, Gateways: managed.KeptGateways(gateways)})
	if err != nil {
		return durable.Start{}, fmt.Errorf("encode the input of an import: %w", err)
	}
	return durable.Start{Flow: FlowImportCertificate, Claim: Claim(hostname), Input: input}, nil
}

func beginImport(input json.RawMessage) (State, error) {
	var in ImportInput
	if err := json.Unmarshal(input, &in); err != nil {
		return State{}, fmt.Errorf("decode input: %w", err)
	}
	if len(in.Hostnames) != 1 || in.CertificateName == "" || in.Version == "" {
		return State{}, fmt.Errorf("want 1 hostname, a certificate and its version, got %d, %q and %q", len(in.Hostnames), in.CertificateName, in.Version)
	}
	return State{Hostname: in.Hostnames[0].Hostname, CertificateName: in.CertificateName, ImportedVersion: in.Version, Warnings: in.Warnings, TakeOver: in.TakeOver, Gateways: managed.KeptGateways(in.Gateways)}, nil
}

// checkAddresses is checkDNS without CAA: nothing is issued, so whose right it
// would be does not matter.
func checkAddresses(resolver Resolver, fronts Fronts) durable.Step[State] {
	return durable.Step[State]{
		Name:  "CheckDnsResolutionStep",
		Says:  "Checking whether {hostname} is resolving to the Application Gateway.",
		Title: "Check DNS and CAA",
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			note, err := s.leadsHere(ctx, resolver, fronts, s.Hostname)
			s.warn(note)
			return durable.Done(), err
		},
	}
}

// findImported remembers the certificate that the gateway will read: the newest
// version, for its secret id has none. That may be a later one than was imported,
// if another import was faster; it must do as well.
func findImported(vault Vault) durable.Step[State] {
	return durable.Step[State]{
		Name:  "ImportCertificateStep",
		Says:  "Importing certificate.",
		Title: "Import the certificate",
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			if s.Certificate.Version != "" {
				return durable.Done(), nil
			}
			found, err := vault.Certificate(ctx, s.CertificateName)
			if errors.Is(err, ErrGone) {
				return notUsable(s, "is no longer in Key Vault"), nil
			}
			if err != nil {
				return durable.Outcome{}, err
			}
			names, until := covers(found.Leaf, s.Hostname)
			switch {
			case !found.Enabled:
				return notUsable(s, "is disabled in Key Vault"), nil
			case !names:
				return notUsable(s, "was replaced in Key Vault by one that does not cover "+s.Hostname), nil
			case !t.Now.Before(until):
				return notUsable(s, "expired at "+until.UTC().Format(time.RFC3339)), nil
			}
			// The vault knows better than the request: what was uploaded may be the
			// very certificate that certgate issued, which stays in renewal.
			s.Imported = found.Tags[TagImported] == "true"
			found.Tags = nil // of no use to later steps
			s.Certificate = found
			if found.Version != s.ImportedVersion {
				return durable.Done().Noting("Key Vault has a newer version than the one that was imported; that is used."), nil
			}
			return durable.Done(), nil
		},
	}
}

func notUsable(s *State, why string) durable.Outcome {
	return durable.Fail(CodeImportedNotUsable, fmt.Sprintf("The imported certificate %s %s. Import it again.", s.CertificateName, why))
}

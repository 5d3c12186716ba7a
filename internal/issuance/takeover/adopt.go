package takeover

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// adoption is what the take-over of one listener remembers between its steps.
type adoption struct {
	Listener string `json:"listener"`
	Hostname string `json:"hostname"`
	Wish     Wish   `json:"wish,omitzero"`

	Hostnames   []string     `json:"hostnames,omitempty"` // of the certificate
	Served      []string     `json:"served,omitempty"`    // of the listener
	Port        int          `json:"port,omitempty"`
	Addresses   []netip.Addr `json:"addresses,omitempty"`
	Entry       string       `json:"entry,omitempty"`
	Pinned      string       `json:"pinned,omitempty"`
	SecretID    string       `json:"secretId,omitempty"`
	Certificate string       `json:"certificate,omitempty"` // its name in the vault
	RenewedBy   string       `json:"renewedBy,omitempty"`

	Version    string            `json:"version,omitempty"`
	Thumbprint string            `json:"thumbprint,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"` // before
	Rounds     int               `json:"rounds,omitempty"`
	// Again: certgate had taken it over before, and another manager came back.
	Again   bool `json:"again,omitempty"`
	Pointed bool `json:"pointed,omitempty"`
}

// Adopted is the published output of a take-over of one listener.
type Adopted struct {
	Listener        string   `json:"listener"`
	Hostname        string   `json:"hostname"`
	Hostnames       []string `json:"hostnames"`
	CertificateName string   `json:"certificateName"`
	Version         string   `json:"version"`
	SecretID        string   `json:"secretId"`
	RenewedBy       string   `json:"renewedBy"` // until now
}

// Listener takes the certificate of one listener over as it is. Nothing is ordered, and
// the gateway is written only if its entry names a version. What was there is remembered
// before anything is changed; if the proof fails, everything is put back.
func Listener(p Ports) durable.Definition {
	return durable.Flow[adoption]{
		Name:  issuance.FlowTakeOverListener,
		Title: "Take over",
		Steps: []durable.Step[adoption]{
			p.lookAtListener(),
			p.awaitQuietVault(),
			p.rememberListener(),
			p.tagCertificate(),
			p.pointListener(),
			p.proveListener(),
			p.scheduleRenewal(),
		},
		CleanUp:  []durable.Step[adoption]{p.undo()},
		Begin:    begin,
		Subject:  func(s *adoption) string { return s.Hostname },
		Finished: "certgate renews the certificate from now on.",
		Output: func(s *adoption) any {
			return Adopted{s.Listener, s.Hostname, s.Hostnames, s.Certificate, s.Version, s.SecretID, s.RenewedBy}
		},
	}.Define()
}

func begin(input json.RawMessage) (adoption, error) {
	var in issuance.TakeOverInput
	if err := json.Unmarshal(input, &in); err != nil {
		return adoption{}, fmt.Errorf("decode input: %w", err)
	}
	if in.Listener == "" || len(in.Hostnames) == 0 {
		return adoption{}, errors.New("the input names no listener or no hostname")
	}
	return adoption{Listener: in.Listener, Hostname: in.Hostnames[0].Hostname, Wish: Wish{How: How(in.How), AcceptDomainValidated: in.AcceptDomainValidated}}, nil
}

// record says that this instance took it over.
func (s *adoption) record(t durable.Turn, leaf []byte) (*managed.Record, error) {
	r := &managed.Record{Hostnames: s.Hostnames, Served: managed.ServedCurrent, ServedAt: t.Now, LastInstance: t.Instance}
	if err := r.Take(s.Certificate, s.Version, s.SecretID, leaf); err != nil {
		return nil, err
	}
	r.Adopted = &managed.Adoption{At: t.Now, Instance: t.Instance, Listener: s.Listener, Version: s.Version, RenewedBy: s.RenewedBy, Tags: s.Tags, KeyType: r.KeyType, Pinned: s.Pinned}
	return r, nil
}

package takeover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// GiveBackInput is the published input of the way back.
type GiveBackInput struct {
	Listener    string                   `json:"listener"`
	Certificate string                   `json:"certificate"`
	Hostnames   []issuance.InputHostname `json:"hostnames"`
}

type givingBack struct {
	GiveBackInput
	Former  []managed.Former  `json:"former,omitempty"`
	Adopted *managed.Adoption `json:"adopted,omitempty"`
	Names   []string          `json:"names,omitempty"`
	Next    int               `json:"next,omitempty"` // of Former
}

// GiveBackStart is the start of the way back for a certificate's listeners.
func GiveBackStart(listener string, r *managed.Record) (durable.Start, error) {
	in := GiveBackInput{Listener: listener, Certificate: r.Name, Hostnames: issuance.InputHostnames(r.Hostnames)}
	input, err := json.Marshal(in)
	if err != nil || len(r.Hostnames) == 0 {
		return durable.Start{}, fmt.Errorf("encode the input of giving %s back: %w", listener, err)
	}
	return durable.Start{Flow: issuance.FlowGiveBackListener, Claim: issuance.Claim(r.Hostnames[0]), Input: input}, nil
}

// GiveBack leads back: listeners get their former entries, in one write, or a certificate
// that was adopted its former tags; certgate stops renewing. No key and no entry is
// touched: what certgate ordered stays in the vault and on the gateway.
func GiveBack(p Ports) durable.Definition {
	return durable.Flow[givingBack]{
		Name:  issuance.FlowGiveBackListener,
		Title: "Give back",
		Steps: []durable.Step[givingBack]{
			p.stopManaging(),
			p.putListenersBack(),
			p.putTagsBack(),
		},
		Begin: func(input json.RawMessage) (s givingBack, err error) {
			if err := json.Unmarshal(input, &s.GiveBackInput); err != nil {
				return s, fmt.Errorf("decode input: %w", err)
			}
			if s.Certificate == "" || len(s.Hostnames) == 0 {
				return s, errors.New("the input names no certificate or no hostname")
			}
			return s, nil
		},
		Subject:  func(s *givingBack) string { return s.Hostnames[0].Hostname },
		Finished: "The listener has what it had before, and certgate lets go of it.",
	}.Define()
}

// stopManaging reads the way back, then takes the certificate out of renewal and watch: a
// renewal that began meanwhile would take the listener again.
func (p Ports) stopManaging() durable.Step[givingBack] {
	return durable.Step[givingBack]{
		Name:  "StopManagingStep",
		Says:  "Taking the certificate of {hostname} out of renewal.",
		Title: "Stop renewing it",
		Run: func(ctx context.Context, t durable.Turn, s *givingBack) (durable.Outcome, error) {
			r, err := p.Records.Record(ctx, s.Certificate)
			if err != nil {
				return durable.Outcome{}, fmt.Errorf("read the record of certificate %s: %w", s.Certificate, err)
			}
			s.Former, s.Adopted, s.Names = r.Former, r.Adopted, r.Hostnames
			return durable.Done(), managed.Change(ctx, p.Records, s.Certificate, func(r *managed.Record) bool {
				if r.Retired {
					return false
				}
				r.Retired, r.RenewAt, r.NextCheck, r.Window, r.Alarm = true, time.Time{}, time.Time{}, nil, ""
				r.Failures, r.Problem, r.Served, r.ServedAt, r.LastInstance = 0, nil, managed.ServedNone, t.Now, t.Instance
				return true
			})
		},
	}
}

// putListenersBack gives each listener its former entry.
func (p Ports) putListenersBack() durable.Step[givingBack] {
	const name = "PutListenersBackStep"
	return durable.Step[givingBack]{
		Name:   name,
		Says:   "Giving the listener of {hostname} its former certificate.",
		Title:  "Give the listener its former certificate",
		Within: 6 * time.Hour,
		Needed: func(s *givingBack) bool { return len(s.Former) > 0 },
		Run: func(ctx context.Context, t durable.Turn, s *givingBack) (durable.Outcome, error) {
			f := s.Former[s.Next]
			done, err := p.Lane.Point(ctx, t, issuance.Pointing{Entry: f.Entry, SecretID: f.SecretID, Listeners: []string{f.Listener}})
			if err != nil {
				return durable.Outcome{}, err
			}
			if !done {
				return durable.Park(), nil
			}
			if s.Next++; s.Next < len(s.Former) {
				return durable.GoTo(name), nil
			}
			return durable.Done(), nil
		},
	}
}

// putTagsBack gives a certificate that was adopted the tags by which its former manager
// knows it.
func (p Ports) putTagsBack() durable.Step[givingBack] {
	return durable.Step[givingBack]{
		Name:   "PutTagsBackStep",
		Says:   "Giving the certificate of {hostname} its former tags in Key Vault.",
		Title:  "Give it its former tags",
		Needed: func(s *givingBack) bool { return s.Adopted != nil },
		Run: func(ctx context.Context, _ durable.Turn, s *givingBack) (durable.Outcome, error) {
			changed, err := p.giveTagsBack(ctx, s.Certificate, s.Adopted.Tags, s.Names)
			if err != nil {
				return durable.Outcome{}, err
			}
			if !changed {
				return durable.Done().Noting("Its tags in Key Vault are not certgate's any more; they stay as they are."), nil
			}
			return durable.Done(), nil
		},
	}
}

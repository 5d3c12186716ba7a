// Package watch is the watchdog: it looks at every certificate, and tells people what
// has gone wrong or come right. It shares no code with what renews.
package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"

	"certgate/internal/alert"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// Flow is stored in rows; it never changes.
const Flow = "WatchCertificates"

// Claim keeps two walks from running beside each other.
const Claim = "watch"

// attempts bounds the errors in a row of a walk: some ten minutes. The next walk does
// the same work, and people should see that this one failed.
const attempts = 8

const stepWatch = "WatchCertificatesStep"

const (
	// watchPage is how many records one turn goes through. With 20 looks at a time
	// of 5 seconds each at most, a page of a gateway that answers nothing takes
	// less than the step's time limit.
	watchPage = 100
	// watchBlindAfter is how often the gateway's address is asked for in vain
	// before the walk goes on without looking at the gateway: what is overdue must
	// be told of all the same.
	watchBlindAfter = 3
	// alertsEach bounds the alerts of one walk that name a certificate. When the
	// gateway or the renewal as a whole breaks, one sentence on the rest is worth
	// more than a thousand messages.
	alertsEach = 20
)

// Ports is what the watchdog needs from the world.
type Ports struct {
	Records managed.Records
	Vault   issuance.Newest
	// Gateways are asked for their addresses.
	Gateways issuance.Gateways
	Probe    issuance.Probe
	// Targets serve certificates beside the gateway; nil for none.
	Targets Targets
	// Fronts stand before the gateway; nil for none.
	Fronts issuance.Fronts
	Alerts alert.Sink
	Log    *slog.Logger
}

type watchState struct {
	// AddressesOf are those of each gateway; none of one whose address cannot be read.
	AddressesOf map[string][]netip.Addr `json:"addressesOf,omitempty"`
	Token       string                  `json:"token,omitempty"`
	Told        int                     `json:"told,omitempty"`
	// Untold counts what is to be told of in one sentence at the end.
	Untold map[alert.Kind]int `json:"untold,omitempty"`
	Seen   int                `json:"seen,omitempty"`
	Looks  int                `json:"looks,omitempty"`
}

// Certificates is one walk through all records, a page to a turn. It judges each
// (managed.StandingOf), looks at the gateway for those whose time it is, and tells people
// what has gone wrong or come right since the last walk. It does not renew
// anything and shares no code with what does.
func Certificates(p Ports) durable.Definition {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	return durable.Flow[watchState]{
		Name:   Flow,
		Title:  "Watchdog round",
		Hidden: true,
		Steps: []durable.Step[watchState]{
			{Name: stepWatch, Says: "Looking at every certificate.", Title: "Look at every certificate", Attempts: attempts, Run: p.walk},
		},
		Begin:    func(json.RawMessage) (watchState, error) { return watchState{}, nil },
		Finished: "Every certificate has been looked at.",
	}.Define()
}

// walk goes through one page. A second run of the same turn finds the alarms of
// the first in the records; only an alert whose record was not stored any more
// comes twice.
func (p Ports) walk(ctx context.Context, t durable.Turn, s *watchState) (durable.Outcome, error) {
	if err := p.locate(ctx, t, s); err != nil {
		return durable.Outcome{}, err
	}
	page, next, err := p.Records.ListRecords(ctx, managed.Filter{Sort: "name", Top: watchPage, Token: s.Token})
	if err != nil {
		return durable.Outcome{}, fmt.Errorf("list records: %w", err)
	}
	page = slices.DeleteFunc(page, func(r *managed.Record) bool { return r.Damaged })
	sightings := p.lookAtAll(ctx, t.Now, s.AddressesOf, page)
	var problems []error
	for _, r := range page {
		sighting, looked := sightings[r.Name]
		if looked {
			s.Looks++
		}
		if err := p.judge(ctx, t, s, r, sighting); err != nil {
			problems = append(problems, err) // one bad record never hides the others
		}
	}
	if err := errors.Join(problems...); err != nil && t.Attempt+1 < watchBlindAfter {
		return durable.Outcome{}, err
	} else if err != nil {
		p.Log.ErrorContext(ctx, "some certificates could not be watched; the next walk tries again", "error", err)
	}
	s.Seen += len(page)
	if next != "" {
		s.Token = next
		return durable.GoTo(stepWatch), nil
	}
	if err := p.tellRest(ctx, t, s); err != nil {
		return durable.Outcome{}, err
	}
	return durable.Done().Noting(fmt.Sprintf("%d certificates, %d of them looked at on the gateway.", s.Seen, s.Looks)), nil
}

// locate learns where the gateways are, once for each walk.
func (p Ports) locate(ctx context.Context, t durable.Turn, s *watchState) error {
	if s.AddressesOf != nil {
		return nil
	}
	found := map[string][]netip.Addr{}
	for _, gateway := range p.Gateways {
		addresses, err := gateway.PublicAddresses(ctx)
		switch {
		case err == nil:
			found[gateway.Name] = addresses
		case t.Attempt+1 < watchBlindAfter:
			return &durable.Transient{Public: "The gateway's address could not be read.", Err: err}
		default:
			p.Log.WarnContext(ctx, "watching without looking at a gateway: its address cannot be read", "gateway", gateway.Name, "error", err)
		}
	}
	s.AddressesOf = found
	return nil
}

// judge tells of a change in the standing of one certificate, then stores what
// is new: the other way round, a crash would lose the alert.
func (p Ports) judge(ctx context.Context, t durable.Turn, s *watchState, r *managed.Record, seen sighting) error {
	delivered, err := p.judgeTargets(ctx, t, s, r, seen.targets)
	if err != nil {
		return err
	}
	changed := seen.note(r, t.Now) || delivered
	standing, reason := managed.StandingOnGateway(r, t.Now)
	alarm := managed.Standing("")
	if standing.Alarming() {
		alarm = standing
	}
	if alarm != r.Alarm && standing == managed.StandingRetired {
		r.Alarm, changed = alarm, true // over, but not because it is fine
	} else if alarm != r.Alarm {
		kind := alertOf(standing)
		if kind == alert.Recovered {
			reason = fmt.Sprintf("The certificate is fine again. It expires on %s.", managed.Day(r.NotAfter))
		}
		if err := p.tell(ctx, t, s, r, kind, reason); err != nil {
			return err
		}
		r.Alarm, changed = alarm, true
	}
	if !changed {
		return nil
	}
	err = p.Records.SaveRecord(ctx, r)
	if errors.Is(err, durable.ErrConflict) {
		return nil // it is being renewed or retired at this moment: the next walk sees how that went
	}
	if err != nil {
		return fmt.Errorf("store the record of certificate %s: %w", r.Name, err)
	}
	return nil
}

func alertOf(s managed.Standing) alert.Kind {
	switch s {
	case managed.StandingOverdue, managed.StandingExpired:
		return alert.Overdue
	case managed.StandingNotServed, managed.StandingNotInstalled:
		return alert.NotServed
	}
	return alert.Recovered
}

func (p Ports) tell(ctx context.Context, t durable.Turn, s *watchState, r *managed.Record, kind alert.Kind, reason string) error {
	if s.Told >= alertsEach {
		if s.Untold == nil {
			s.Untold = map[alert.Kind]int{}
		}
		s.Untold[kind]++
		return nil
	}
	a := alert.Alert{Kind: kind, Certificate: r.Name, Message: reason, Instance: r.LastInstance, At: t.Since}
	if len(r.Hostnames) > 0 {
		a.Hostname = r.Hostnames[0]
	}
	if err := p.Alerts(ctx, a); err != nil {
		return fmt.Errorf("tell of certificate %s: %w", r.Name, err)
	}
	s.Told++
	return nil
}

// tellRest tells in one sentence each of what was too much to tell one by one.
func (p Ports) tellRest(ctx context.Context, t durable.Turn, s *watchState) error {
	for _, c := range []struct {
		kind alert.Kind
		text string
	}{
		{alert.NotServed, "%d more certificates are not served by the gateway. GET /api/certificates?state=notServed lists them."},
		{alert.Overdue, "%d more certificates should have been renewed by now. GET /api/certificates?state=overdue and state=expired list them."},
		{alert.Recovered, "%d more certificates are fine again."},
	} {
		n := s.Untold[c.kind]
		if n == 0 {
			continue
		}
		if err := p.Alerts(ctx, alert.Alert{Kind: c.kind, Message: fmt.Sprintf(c.text, n), At: t.Since}); err != nil {
			return fmt.Errorf("tell of %d certificates: %w", n, err)
		}
		delete(s.Untold, c.kind)
	}
	return nil
}

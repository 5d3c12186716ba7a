package survey

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"certgate/internal/alert"
	"certgate/internal/durable"
	"certgate/internal/inventory"
)

// Flow is stored in rows; it never changes.
const Flow = "SurveyListeners"

// Claim keeps two walks from running beside each other.
const Claim = "survey"

// attempts bounds the errors in a row of a walk: some ten minutes. The next walk does
// the same work.
const attempts = 8

const stepSurvey = "SurveyListenersStep"

// page is how many rows one turn looks at anew: with 20 looks at a time of 5 seconds each
// at most, a page of a gateway that answers nothing takes less than the step's limit.
const page = 100

type state struct {
	// After is the key of the last row that a turn before has been through.
	After  string             `json:"after,omitempty"`
	Told   int                `json:"told,omitempty"`
	Untold map[alert.Kind]int `json:"untold,omitempty"`
	Seen   int                `json:"seen,omitempty"`
	Looked int                `json:"looked,omitempty"`
}

// Listeners is one walk. What is in trouble or near its end is looked at in each, the
// rest once a day.
func Listeners(p Ports) durable.Definition {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	return durable.Flow[state]{
		Name: Flow, Title: "Survey of the gateway", Hidden: true,
		Steps: []durable.Step[state]{
			{Name: stepSurvey, Says: "Looking at everything on the gateway that has a certificate.", Title: "Look at every listener", Attempts: attempts, Run: p.walk},
		},
		Begin:    func(json.RawMessage) (state, error) { return state{}, nil },
		Finished: "Everything on the gateway that has a certificate has been looked at.",
	}.Define()
}

// Start is how a walk is started.
func Start() durable.Start {
	return durable.Start{Flow: Flow, Claim: Claim, Input: json.RawMessage(`{}`), RequestedBy: "certgate"}
}

// walk goes through one page. A second run of the same turn finds the rows of the first;
// only an alert whose row was not stored any more comes twice.
func (p Ports) walk(ctx context.Context, t durable.Turn, s *state) (durable.Outcome, error) {
	gateways, err := p.inventories(ctx, t)
	if err != nil {
		return durable.Outcome{}, err
	}
	known, err := p.Rows.ListRows(ctx)
	if err != nil {
		return durable.Outcome{}, fmt.Errorf("list rows: %w", err)
	}
	old := map[string]*inventory.Stored{}
	for _, r := range known {
		old[r.Key()] = r
	}
	fresh, err := p.fresh(ctx, gateways)
	if err != nil {
		return durable.Outcome{}, err
	}
	var due, gone []*found
	last := s.After
	for _, f := range fresh {
		before := old[f.row.Key()]
		delete(old, f.row.Key())
		if f.row.Key() <= s.After || len(due) == page {
			continue
		}
		last = f.row.Key()
		s.Seen++
		if before == nil || before.DueFor(f.row, t.Now) {
			f.before = before
			due = append(due, f)
		}
	}
	for _, r := range old {
		if _, unread := p.unread(gateways)[r.Gateway]; !unread {
			gone = append(gone, &found{row: r})
		}
	}
	p.look(ctx, t.Now, due)
	for _, f := range due {
		f.row.Judge(t.Now)
		if err := p.judge(ctx, t, s, f); err != nil {
			return durable.Outcome{}, err
		}
	}
	if err := p.Rows.SaveRows(ctx, rowsOf(due), rowsOf(gone)); err != nil {
		return durable.Outcome{}, fmt.Errorf("store what was seen: %w", err)
	}
	s.Looked += len(due)
	if s.After = last; len(due) == page {
		return durable.GoTo(stepSurvey), nil
	}
	if err := p.tellRest(ctx, t, s); err != nil {
		return durable.Outcome{}, err
	}
	return durable.Done().Noting(fmt.Sprintf("%d listeners and certificates, %d of them looked at.", s.Seen, s.Looked)), nil
}

// blindAfter is how often one of several gateways is read in vain before the walk goes on
// without it.
const blindAfter = 3

// inventories reads every gateway. What is known of one that cannot be read stays as it is.
func (p Ports) inventories(ctx context.Context, t durable.Turn) (map[string]inventory.Gateway, error) {
	all, members := map[string]inventory.Gateway{}, p.members()
	for _, m := range members {
		gateway, err := m.Inventory(ctx)
		switch {
		case err == nil:
			all[m.Name] = gateway
		case len(members) == 1 || t.Attempt+1 < blindAfter:
			return nil, fmt.Errorf("read the gateway %s: %w", m.Name, err)
		default:
			p.Log.WarnContext(ctx, "surveying without a gateway that cannot be read", "gateway", m.Name, "error", err)
		}
	}
	return all, nil
}

// unread are the gateways of the settings that were not read.
func (p Ports) unread(read map[string]inventory.Gateway) map[string]bool {
	unread := map[string]bool{}
	for _, m := range p.members() {
		if _, ok := read[m.Name]; !ok {
			unread[m.Name] = true
		}
	}
	return unread
}

func rowsOf(all []*found) (rows []*inventory.Stored) {
	for _, f := range all {
		rows = append(rows, f.row)
	}
	return rows
}

// byKey puts rows in the order in which walks go through them.
func byKey(all []*found) {
	slices.SortFunc(all, func(a, b *found) int { return strings.Compare(a.row.Key(), b.row.Key()) })
}

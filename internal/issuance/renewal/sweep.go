package renewal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

const (
	// dueBatch is how many due records are listed at a time.
	dueBatch = 200
	// dueAtOnce is how many are looked at at the same time.
	dueAtOnce = 8
	// infoWithin bounds one question to the authority.
	infoWithin = 15 * time.Second
	// silentAfter is how many questions in a row may go unanswered before the rest
	// of a sweep is decided without asking; silentAgain is when to ask again.
	silentAfter = 3
	silentAgain = time.Hour
	// noInfoAgain is the least time before the next question to an authority that
	// has nothing to say.
	noInfoAgain = 24 * time.Hour
	// troubleAgain is the next look at a record that could not be dealt with.
	troubleAgain = time.Hour
	// joinedAgain is the next look at a hostname for which an instance is at work.
	joinedAgain = time.Hour
	// sweepReserve is left of the caller's time when a sweep stops.
	sweepReserve = 30 * time.Second
)

// Sweep says what a look at the due records came to.
type Sweep struct {
	Checked  int `json:"checked"`  // records that were due for a look
	Started  int `json:"started"`  // renewals that were started
	Joined   int `json:"joined"`   // due, but an instance for the hostname was at work
	Problems int `json:"problems"` // records that could not be dealt with; the log has the reasons
	// More says that time was up before everything was looked at.
	More bool `json:"more,omitempty"`
}

// SweepDue looks at every record that is due for a look and starts the renewals
// that are due, until none is left or the time of ctx is nearly over. An idle
// sweep is one request; a look at a record is two, and one to the authority. A
// record that makes trouble is put off and holds up no other; an error says that
// the store itself does not answer.
func (r *Renewals) SweepDue(ctx context.Context, now time.Time) (Sweep, error) {
	s := &sweeping{Renewals: r, now: now, silent: map[string]int{}, stuck: map[string]bool{}}
	for {
		names, err := r.records.DueRecords(ctx, now, dueBatch+len(s.stuck))
		if err != nil {
			return s.Sweep, err
		}
		names = s.movable(names)
		if len(names) == 0 {
			return s.Sweep, s.broken
		}
		if end, bounded := ctx.Deadline(); bounded && time.Until(end) < sweepReserve {
			s.More = true
			return s.Sweep, nil
		}
		s.lookAtAll(ctx, names)
	}
}

// sweeping is one sweep.
type sweeping struct {
	*Renewals
	now time.Time

	mu     sync.Mutex
	silent map[string]int // by issuer: questions in a row without an answer
	Sweep
	stuck  map[string]bool // records whose next look could not be stored
	broken error           // the last reason for that
}

func (s *sweeping) movable(names []string) (movable []string) {
	for _, name := range names {
		if !s.stuck[name] {
			movable = append(movable, name)
		}
	}
	return movable
}

func (s *sweeping) lookAtAll(ctx context.Context, names []string) {
	places := make(chan struct{}, dueAtOnce)
	var all sync.WaitGroup
	for _, name := range names {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			s.lookAt(ctx, name)
		})
	}
	all.Wait()
}

// lookAt deals with one record. Whatever happens, its next look moves on, or it
// is left out of the rest of the sweep.
func (s *sweeping) lookAt(ctx context.Context, name string) {
	r, err := s.records.Record(ctx, name)
	if errors.Is(err, durable.ErrNotFound) || err == nil && !due(r, s.now) {
		s.leave(name, nil) // another sweep was faster
		return
	}
	if durable.Unreadable(err) {
		s.leave(name, nil) // it is made anew from the vault; the store is well
		s.count(func(w *Sweep) { w.Problems++ })
		return
	}
	if err != nil {
		s.leave(name, err)
		return
	}
	s.count(func(w *Sweep) { w.Checked++ })
	plan := managed.Schedule(s.now, r, s.ask(ctx, r), s.random())
	r.Window, r.RenewAt, r.NextCheck = plan.Window, plan.RenewAt, plan.NextCheck
	if plan.Due {
		// Started first: if this run dies before the record is stored, the next one
		// finds the instance at work, or what it left in the record.
		if err := s.renew(ctx, r, plan.Why); err != nil {
			s.log.ErrorContext(ctx, "renewal could not be started", "certificate", name, "error", err)
			s.count(func(w *Sweep) { w.Problems++ })
			r.NextCheck = s.now.Add(troubleAgain)
		}
	}
	if err := s.records.SaveRecord(ctx, r); err != nil && !errors.Is(err, durable.ErrConflict) {
		s.leave(name, err)
	}
}

func due(r *managed.Record, now time.Time) bool {
	return !r.NextCheck.IsZero() && r.NextCheck.Before(now)
}

func (s *sweeping) renew(ctx context.Context, r *managed.Record, why string) error {
	start, err := issuance.Renewal(r, why, "certgate")
	if err != nil {
		return err
	}
	id, existing, err := s.starter.Start(ctx, start)
	var busy *durable.BusyError
	switch {
	case errors.As(err, &busy): // it does not renew, as a revocation does not, or it is over
		id = busy.Instance
	case err != nil:
		return err
	}
	s.log.InfoContext(ctx, "certificate is due", "certificate", r.Name, "why", why, "instance", id, "joined", existing, "busy", busy != nil)
	if !existing && busy == nil {
		s.count(func(w *Sweep) { w.Started++ })
		return nil
	}
	s.count(func(w *Sweep) { w.Joined++ })
	r.NextCheck = s.now.Add(joinedAgain)
	return nil
}

// ask asks the authority, unless it has been silent or there is nothing to ask.
func (s *sweeping) ask(ctx context.Context, r *managed.Record) managed.Advice {
	if r.CertID == "" || r.Imported || r.Retired {
		return managed.Advice{}
	}
	if s.silences(r.Authority, 0) >= silentAfter {
		return managed.Advice{Silent: true, NextLook: silentAgain}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, infoWithin, fmt.Errorf("no renewal information within %s", infoWithin))
	defer cancel()
	window, again, err := s.info.RenewalInfo(ctx, r.Authority, r.CertID)
	switch {
	case err == nil:
		s.silences(r.Authority, -1)
		return managed.Advice{Window: &window, NextLook: again}
	case errors.Is(err, ErrNoInfo):
		s.silences(r.Authority, -1)
		return managed.Advice{NextLook: max(again, noInfoAgain)}
	}
	s.silences(r.Authority, 1)
	s.log.WarnContext(ctx, "the authority gave no renewal information", "certificate", r.Name, "error", err)
	return managed.Advice{Silent: true, NextLook: silentAgain}
}

// silences counts an issuer's silences, or forgets them (-1), and returns their number.
func (s *sweeping) silences(issuer string, add int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent[issuer] += add
	if add < 0 {
		s.silent[issuer] = 0
	}
	return s.silent[issuer]
}

// leave takes a name out of this sweep.
func (s *sweeping) leave(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck[name] = true
	if err != nil {
		s.broken = err
		s.Problems++
	}
}

func (s *sweeping) count(add func(*Sweep)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.Sweep)
}

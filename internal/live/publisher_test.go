package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"certgate/internal/durable"
	"certgate/internal/live"
	"certgate/internal/memstore"
)

// service keeps what it is sent.
type service struct {
	sent  map[string][]live.Change // by group
	err   error
	takes time.Duration
	tries int
}

func (s *service) send(ctx context.Context, group string, text []byte) error {
	s.tries++
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.err != nil {
		return s.err
	}
	var change live.Change
	err := json.Unmarshal(text, &change)
	s.sent[group] = append(s.sent[group], change)
	return err
}

// publishing runs a test in a bubble of time, with an engine's store that is told of.
func publishing(t *testing.T, test func(t *testing.T, engine durable.Store, s *service, log *bytes.Buffer)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, log := &service{sent: map[string][]live.Change{}}, &bytes.Buffer{}
		test(t, live.NewPublisher(s.send, slog.New(slog.NewTextHandler(log, nil))).Engine(memstore.New(time.Now)), s, log)
		s.err, s.takes = nil, 0
		time.Sleep(time.Minute) // what runs comes to its end
	})
}

func created(t *testing.T, engine durable.Store, claim string) *durable.Instance {
	t.Helper()
	inst := &durable.Instance{ID: durable.NewID(claim), Claim: claim, Flow: "Test", Status: durable.Running, Step: "A", Seq: 1, CreatedAt: time.Now(), UpdatedAt: time.Now(), DueAt: time.Now()}
	if err := engine.Create(t.Context(), inst, durable.Event{}); err != nil {
		t.Fatal(err)
	}
	return inst
}

func advance(t *testing.T, engine durable.Store, id, step string) {
	t.Helper()
	inst, err := engine.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	inst.Seq, inst.Custom.Status = inst.Seq+1, step
	if err := engine.Commit(t.Context(), inst, durable.Change{}); err != nil {
		t.Fatal(err)
	}
}

func TestListenersHearOfEachInstanceOnceASecondAndOfTheNewest(t *testing.T) {
	publishing(t, func(t *testing.T, engine durable.Store, s *service, _ *bytes.Buffer) {
		inst := created(t, engine, "a")
		synctest.Wait()
		for _, step := range []string{"B", "C", "D"} {
			advance(t, engine, inst.ID, step)
		}
		time.Sleep(5 * time.Second)
		for _, group := range []string{live.Group(inst.ID), live.AllGroup} {
			heard := s.sent[group]
			if len(heard) != 2 || heard[1] != (live.Change{InstanceID: inst.ID, RuntimeStatus: "Running", Status: "D", Turn: 4}) {
				t.Errorf("%s heard %+v", group, heard)
			}
		}
	})
}

func TestNothingWaitsForAServiceThatIsAway(t *testing.T) {
	publishing(t, func(t *testing.T, engine durable.Store, s *service, log *bytes.Buffer) {
		s.takes = time.Hour
		began := time.Now()
		inst := created(t, engine, "a")
		for range 50 {
			advance(t, engine, inst.ID, "B")
			created(t, engine, time.Now().String()+inst.Custom.Status)
			inst.Custom.Status += "x"
		}
		if !time.Now().Equal(began) {
			t.Errorf("turns took %s", time.Since(began))
		}
		time.Sleep(time.Minute)
		if s.tries > 3 || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("%d tries, the log:\n%s", s.tries, log)
		}
		s.takes = 0
		advance(t, engine, inst.ID, "C")
		time.Sleep(5 * time.Second)
		if len(s.sent[live.AllGroup]) != 1 {
			t.Errorf("when it is back they hear %v", s.sent)
		}
	})
}

func TestWhatIsNotStoredIsNotTold(t *testing.T) {
	publishing(t, func(t *testing.T, engine durable.Store, s *service, _ *bytes.Buffer) {
		inst := created(t, engine, "a")
		time.Sleep(5 * time.Second)
		inst.ETag = "old"
		advance(t, engine, inst.ID, "B")
		if err := engine.Commit(t.Context(), inst, durable.Change{}); !errors.Is(err, durable.ErrConflict) {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if heard := s.sent[live.AllGroup]; len(heard) != 2 || heard[1].Status != "B" {
			t.Errorf("they heard %+v", heard)
		}
	})
}

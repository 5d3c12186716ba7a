package batch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/memstore"
)

// batchWorld runs parents over children that do what their hostname says:
// "refused…" fails at once, "bad…" later, "slow…" waits for ever, the others take ten minutes. Each child
// makes a file at first and removes it in the end, whatever that is.
type batchWorld struct {
	t      *testing.T
	clock  *durabletest.Clock
	store  *frailStore
	queue  *memstore.Queue
	runner *durable.Runner
	pump   *durabletest.Pump

	mu    sync.Mutex
	files map[string]bool // by hostname
}

// frailStore counts requests and can refuse some.
type frailStore struct {
	*memstore.Store
	reads, lists atomic.Int64
	refuse       func(inst *durable.Instance, create bool) error
}

func (s *frailStore) Load(ctx context.Context, id string) (*durable.Instance, error) {
	s.reads.Add(1)
	return s.Store.Load(ctx, id)
}

func (s *frailStore) List(ctx context.Context, f durable.Filter) ([]*durable.Instance, string, error) {
	s.lists.Add(1)
	return s.Store.List(ctx, f)
}

func (s *frailStore) Create(ctx context.Context, inst *durable.Instance, e durable.Event, mail ...durable.Item) error {
	if s.refuse != nil {
		if err := s.refuse(inst, true); err != nil {
			return err
		}
	}
	return s.Store.Create(ctx, inst, e, mail...)
}

func (s *frailStore) Commit(ctx context.Context, inst *durable.Instance, c durable.Change) error {
	if s.refuse != nil {
		if err := s.refuse(inst, false); err != nil {
			return err
		}
	}
	return s.Store.Commit(ctx, inst, c)
}

var errDied = errors.New("the process died")

func newBatchWorld(t *testing.T) *batchWorld {
	t.Helper()
	clock := durabletest.NewClock()
	w := &batchWorld{
		t: t, clock: clock, store: &frailStore{Store: memstore.New(clock.Now)}, queue: memstore.NewQueue(clock.Now),
		files: map[string]bool{},
	}
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: w.queue, Clock: clock.Now, Random: func() float64 { return 0.5 }})
	w.runner.Add(w.childFlow())
	w.runner.Add(batch.AddMultiple(w.runner, w.store))
	w.pump = &durabletest.Pump{Queue: w.queue, Clock: clock, RetryAfter: 30 * time.Second, Poison: w.runner.HandlePoison,
		Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
			return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
		}}
	return w
}

func (w *batchWorld) childFlow() durable.Definition {
	type state = struct{ Hostname string }
	return durable.Flow[state]{
		Name: issuance.FlowAddCertificate,
		Steps: []durable.Step[state]{
			{Name: "UploadFileStep", Run: func(_ context.Context, _ durable.Turn, s *state) (durable.Outcome, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if strings.HasPrefix(s.Hostname, "refused") {
					return durable.Fail(issuance.CodeHostnameNotResolving, s.Hostname+" has no address."), nil
				}
				w.files[s.Hostname] = true
				return durable.Done().After(10 * time.Minute), nil
			}},
			{Name: "CheckStep", Within: 240 * time.Hour, Run: func(_ context.Context, _ durable.Turn, s *state) (durable.Outcome, error) {
				switch {
				case strings.HasPrefix(s.Hostname, "bad"):
					return durable.Fail(issuance.CodeHostnameNotResolving, s.Hostname+" has no address."), nil
				case strings.HasPrefix(s.Hostname, "slow"):
					return durable.Wait(time.Hour, "Waiting for the authority."), nil
				}
				return durable.Done(), nil
			}},
			{Name: "DeleteFileStep", Run: w.deleteFile},
		},
		CleanUp: []durable.Step[state]{{Name: "DeleteFileStep", Run: w.deleteFile}},
		Begin: func(input json.RawMessage) (state, error) {
			var in issuance.Input
			if err := json.Unmarshal(input, &in); err != nil {
				return state{}, err
			}
			return state{Hostname: in.Hostnames[0].Hostname}, nil
		},
		Finished: "Done.",
	}.Define()
}

func (w *batchWorld) deleteFile(_ context.Context, _ durable.Turn, s *struct{ Hostname string }) (durable.Outcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.files, s.Hostname)
	return durable.Done(), nil
}

func input(names ...string) (in issuance.Input) {
	for _, name := range names {
		in.Hostnames = append(in.Hostnames, issuance.InputHostname{Hostname: name})
	}
	return in
}

func numbered(prefix string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("%s%d.example.com", prefix, i))
	}
	return names
}

func (w *batchWorld) start(names ...string) (id string) {
	w.t.Helper()
	in := input(names...)
	raw, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	id, _, err = w.runner.Start(w.t.Context(), durable.Start{Flow: batch.Flow, Claim: batch.Claim(in), Input: raw, RequestedBy: "ann"})
	if err != nil {
		w.t.Fatalf("start: %v", err)
	}
	return id
}

func (w *batchWorld) startOne(name string) (id string) {
	w.t.Helper()
	raw, _ := json.Marshal(input(name))
	id, _, err := w.runner.Start(w.t.Context(), durable.Start{Flow: issuance.FlowAddCertificate, Claim: issuance.Claim(name), Input: raw, Joins: issuance.Installs})
	if err != nil {
		w.t.Fatalf("start: %v", err)
	}
	return id
}

func (w *batchWorld) load(id string) *durable.Instance {
	w.t.Helper()
	inst, err := w.store.Store.Load(w.t.Context(), id)
	if err != nil {
		w.t.Fatalf("load: %v", err)
	}
	return inst
}

func (w *batchWorld) until(what string, done func() bool) {
	w.t.Helper()
	if err := w.pump.Until(w.t.Context(), done, 100_000); err != nil {
		w.t.Fatalf("until %s: %v", what, err)
	}
}

// ended pumps until the instance has ended.
func (w *batchWorld) ended(id string) *durable.Instance {
	w.t.Helper()
	w.until("the end", func() bool { return w.load(id).Status.Ended() })
	return w.load(id)
}

func (w *batchWorld) result(inst *durable.Instance) batch.Result {
	w.t.Helper()
	var r batch.Result
	if err := json.Unmarshal(inst.Output, &r); err != nil {
		w.t.Fatalf("output %s: %v", inst.Output, err)
	}
	return r
}

// instances lists those of children by hostname.
func (w *batchWorld) instances() map[string][]*durable.Instance {
	w.t.Helper()
	all := map[string][]*durable.Instance{}
	for token := ""; ; {
		page, next, err := w.store.Store.List(w.t.Context(), durable.Filter{Top: 1000, Token: token})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, inst := range page {
			if name, ok := strings.CutPrefix(inst.Claim, "hostnames:"); ok {
				all[name] = append(all[name], inst)
			}
		}
		if token = next; token == "" {
			return all
		}
	}
}

// onceEach checks that every hostname had exactly one instance.
func (w *batchWorld) onceEach(names []string) {
	w.t.Helper()
	all := w.instances()
	for _, name := range names {
		if n := len(all[name]); n != 1 {
			w.t.Errorf("%s had %d instances, want 1", name, n)
		}
	}
}

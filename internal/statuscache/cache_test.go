package statuscache_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/memstore"
	"certgate/internal/statuscache"
)

// counted is a store that counts its reads of instances, and can hold up what it
// has read.
type counted struct {
	*memstore.Store
	loads     int
	lists     int
	meanwhile func()        // runs once, after a list was read
	hold      chan struct{} // each answer takes one out; nil: no waiting
	began     chan struct{} // gets one for each read that is held up
}

func (c *counted) Load(ctx context.Context, id string) (*durable.Instance, error) {
	c.loads++
	inst, err := c.Store.Load(ctx, id)
	if c.hold != nil {
		c.began <- struct{}{}
		<-c.hold
	}
	return inst, err
}

type world struct {
	*testing.T
	store *counted
	cache *statuscache.Cache
	now   time.Time
}

func setup(t *testing.T) *world {
	w := &world{T: t, now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	w.store = &counted{Store: memstore.New(nil)}
	w.cache = statuscache.New(w.store, func() time.Time { return w.now })
	return w
}

// instance stores a running one.
func (w *world) instance(claim string) *durable.Instance {
	w.Helper()
	inst := &durable.Instance{ID: durable.NewID(claim), Claim: claim, Flow: "Test", Status: durable.Running, Step: "A", Seq: 1, CreatedAt: w.now, UpdatedAt: w.now, DueAt: w.now}
	if err := w.store.Create(context.Background(), inst, durable.Event{}); err != nil {
		w.Fatal(err)
	}
	return inst
}

func (w *world) step(id string) string {
	w.Helper()
	inst, err := w.cache.Load(context.Background(), id)
	if err != nil {
		w.Fatal(err)
	}
	return inst.Step
}

// advance is a turn that is stored through the given store.
func (w *world) advance(store durable.Store, id, step string) {
	w.Helper()
	inst, err := store.Load(context.Background(), id)
	if err != nil {
		w.Fatal(err)
	}
	inst.Seq, inst.Step = inst.Seq+1, step
	if err := store.Commit(context.Background(), inst, durable.Change{}); err != nil {
		w.Fatal(err)
	}
}

func TestManyReadsWithinASecondAreOneReadOfTheStore(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inst := w.instance("a")
	for range 50 {
		w.now = w.now.Add(15 * time.Millisecond)
		w.step(inst.ID)
	}
	if w.store.loads != 1 {
		t.Errorf("the store was read %d times", w.store.loads)
	}
}

func TestWhatAnotherMachineWritesShowsAfterASecond(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inst := w.instance("a")
	w.step(inst.ID)
	w.advance(w.store, inst.ID, "B")
	w.now = w.now.Add(999 * time.Millisecond)
	if step := w.step(inst.ID); step != "A" {
		t.Errorf("after less than a second it shows %s", step)
	}
	w.now = w.now.Add(time.Millisecond)
	if step := w.step(inst.ID); step != "B" {
		t.Errorf("after a second it still shows %s", step)
	}
}

func TestWhatThisMachineWritesShowsAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inst := w.instance("a")
	engine := w.cache.Engine(w.store)
	w.step(inst.ID)
	w.advance(engine, inst.ID, "B")
	if step := w.step(inst.ID); step != "B" {
		t.Errorf("it shows %s", step)
	}
}

func TestTheEngineReadsTheStore(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inst := w.instance("a")
	w.step(inst.ID)
	w.advance(w.store, inst.ID, "B")
	read, err := w.cache.Engine(w.store).Load(context.Background(), inst.ID)
	if err != nil {
		t.Fatal(err)
	}
	if read.Step != "B" {
		t.Errorf("the engine reads %s", read.Step)
	}
}

func TestAPurgedInstanceIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inst := w.instance("a")
	inst.Status, inst.Step = durable.Completed, ""
	if err := w.store.Commit(context.Background(), inst, durable.Change{}); err != nil {
		t.Fatal(err)
	}
	w.step(inst.ID)
	if err := w.cache.Purge(context.Background(), inst.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.cache.Load(context.Background(), inst.ID); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("it reads %v", err)
	}
}

func TestAReaderCannotChangeWhatOthersRead(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inst := w.instance("a")
	w.step(inst.ID)
	for range 2 {
		read, err := w.cache.Load(context.Background(), inst.ID)
		if err != nil {
			t.Fatal(err)
		}
		if read.Step != "A" {
			t.Errorf("the next reader gets %s", read.Step)
		}
		read.Step = "changed"
	}
}

// Whoever asks for more instances than there is room for pays with reads, not with
// memory and not with wrong answers.
func TestMoreInstancesThanThereIsRoomForAreReadRightly(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const many = 1500
	ids := make([]string, many)
	for i := range ids {
		inst := w.instance(fmt.Sprintf("claim %d", i))
		ids[i] = inst.ID
		w.step(inst.ID)
	}
	w.store.loads = 0
	for _, id := range ids {
		w.step(id)
	}
	if w.store.loads < many-1024 || w.store.loads > many {
		t.Errorf("%d of %d second reads went to the store", w.store.loads, many)
	}
}

// A read that was under way while this machine wrote the row has seen the old one.
// A call after the write must not get it, now or later.
func TestAReadThatIsUnderWayDoesNotHideAWrite(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inst := w.instance("a")
	engine := w.cache.Engine(w.store.Store)
	w.store.hold, w.store.began = make(chan struct{}), make(chan struct{})
	early := make(chan string)
	go func() { early <- w.step(inst.ID) }()
	<-w.store.began
	w.advance(engine, inst.ID, "B")
	late := make(chan string)
	go func() { late <- w.step(inst.ID) }()
	<-w.store.began // it asks for itself
	w.store.hold <- struct{}{}
	w.store.hold <- struct{}{}
	<-early // asked before the write: either answer is right
	if step := <-late; step != "B" {
		t.Errorf("who asked after the write got %s", step)
	}
	if step := w.step(inst.ID); step != "B" {
		t.Errorf("remembered is %s", step)
	}
}

func TestThoseWhoAskAtTheSameTimeShareARead(t *testing.T) {
	t.Parallel()
	w := setup(t)
	inst := w.instance("a")
	w.store.hold, w.store.began = make(chan struct{}), make(chan struct{})
	answers := make(chan string)
	go func() { answers <- w.step(inst.ID) }()
	<-w.store.began
	impatient, leave := context.WithCancel(context.Background())
	leave()
	if _, err := w.cache.Load(impatient, inst.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("who has left got %v", err)
	}
	for range 4 {
		go func() { answers <- w.step(inst.ID) }()
	}
	close(w.store.hold)
	for range 5 {
		if step := <-answers; step != "A" {
			t.Errorf("one got %s", step)
		}
	}
	if w.store.loads != 1 {
		t.Errorf("the store was read %d times", w.store.loads)
	}
}

// An error is for those who waited for it, and the next one asks again.
func TestAFailedReadIsNotRemembered(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := durable.NewID("a")
	if _, err := w.cache.Load(context.Background(), id); !errors.Is(err, durable.ErrNotFound) {
		t.Fatalf("it reads %v", err)
	}
	inst := &durable.Instance{ID: id, Claim: "a", Flow: "Test", Status: durable.Running, Step: "A", Seq: 1, CreatedAt: w.now, UpdatedAt: w.now, DueAt: w.now}
	if err := w.store.Create(context.Background(), inst, durable.Event{}); err != nil {
		t.Fatal(err)
	}
	if step := w.step(id); step != "A" {
		t.Errorf("it shows %s", step)
	}
}

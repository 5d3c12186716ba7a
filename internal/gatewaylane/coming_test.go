package gatewaylane_test

import (
	"fmt"
	"testing"
	"time"

	"certgate/internal/durable"
)

// announce is what a step does whose instance will want a listener.
func (w *world) announce(instance string) {
	w.lane.Announce(durable.Turn{Instance: instance, Now: w.clock.Now()})
}

func TestThoseWhoAreOnTheirWayShareTheFirstWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.ask(wish{Listener: listener(1)})
	held, ok := w.queue.Receive(time.Hour) // its message is slow
	if !ok {
		t.Fatal("nothing was sent")
	}
	w.announce(late)
	first := w.ask(wish{Listener: listener(0)})
	began := w.clock.Now()
	w.until(func() bool { return w.clock.Now().Sub(began) > 3*time.Second })
	if w.writes() != 0 {
		t.Error("the lane did not wait for the one who was announced")
	}
	w.queue.Release(held, 0)
	w.drain()
	w.wantCompleted(0, first)
	w.wantCompleted(1, late)
	if w.writes() != 1 {
		t.Errorf("%d writes, want 1 for both", w.writes())
	}
}

func TestTheLaneWaitsForNobodyWhoDoesNotCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.announce("somebody who failed on the way")
	began := w.clock.Now()
	id := w.ask(wish{Listener: listener(0)})
	w.until(func() bool { // others are announced again and again
		w.announce(fmt.Sprint(w.clock.Now()))
		return w.writes() == 1
	})
	if waited := w.clock.Now().Sub(began); waited < 5*time.Second || waited > 15*time.Second {
		t.Errorf("the write came after %s, want about 10", waited)
	}
	w.drain()
	w.wantCompleted(0, id)
}

func TestNinetyEightHostnamesTakeOneWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.want(98) // all that this gateway has room for
	w.drain()
	for i, id := range ids {
		w.wantCompleted(i, id)
	}
	if w.writes() != 1 {
		t.Errorf("%d writes, want 1", w.writes())
	}
}

package durabletest

import (
	"context"
	"sync"
	"time"

	"certgate/internal/durable"
)

// acquire tries the lock.
func (f fixture) acquire(name string, ttl time.Duration) (bool, func(context.Context) error) {
	f.Helper()
	ok, release, err := f.Acquire(f.Context(), name, ttl)
	if err != nil {
		f.Fatalf("acquire: %v", err)
	}
	return ok, release
}

// wantLock fails unless trying the lock has the wanted result.
func (f fixture) wantLock(want bool, name, when string) func(context.Context) error {
	f.Helper()
	ok, release := f.acquire(name, time.Minute)
	if ok != want {
		f.Fatalf("the lock was taken: %t, want %t, %s", ok, want, when)
	}
	return release
}

var lockTests = []conformance{
	{"a lock is held until it is released", func(f fixture) {
		release := f.wantLock(true, "a/b#?", "while it is free")
		f.wantLock(false, "a/b#?", "while it is held")
		f.wantLock(true, "other", "under another name")
		if err := release(f.Context()); err != nil {
			f.Fatal(err)
		}
		f.wantLock(true, "a/b#?", "after its release")
	}},
	{"an expired lock can be taken and its old holder cannot release it", func(f fixture) {
		old := f.wantLock(true, "a", "while it is free")
		f.clock.Advance(time.Minute - time.Second)
		f.wantLock(false, "a", "a second before it expires")
		f.clock.Advance(time.Second)
		release := f.wantLock(true, "a", "when it has expired")
		f.wantError(old(f.Context()), durable.ErrConflict, "release by the old holder")
		f.wantLock(false, "a", "after the old holder's release")
		if err := release(f.Context()); err != nil {
			f.Error(err)
		}
	}},
	{"releasing twice, or late when nobody took it, is fine", func(f fixture) {
		release := f.wantLock(true, "a", "while it is free")
		f.clock.Advance(time.Hour)
		for range 2 {
			if err := release(f.Context()); err != nil {
				f.Error(err)
			}
		}
		f.wantLock(true, "a", "after its release")
	}},
	{"of many that want a free lock exactly one gets it", func(f fixture) {
		f.wantSame(1, f.race("a"), "holders of a free lock")
		f.clock.Advance(time.Hour)
		f.wantSame(1, f.race("a"), "holders of an expired lock")
	}},
}

// race lets many try the lock at once and counts those that got it.
func (f fixture) race(name string) (winners int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 6 {
		wg.Go(func() {
			ok, _, err := f.Acquire(f.Context(), name, time.Minute)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				f.Errorf("acquire: %v", err)
			}
			if ok {
				winners++
			}
		})
	}
	wg.Wait()
	return winners
}

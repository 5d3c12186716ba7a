package managedtest

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

var writes = []conformance{
	{"a record comes back as it was saved", func(f fixture) {
		saved := f.save(record("a"))
		if saved.ETag == "" {
			f.Error("saving sets no version")
		}
		f.wantSame(saved, f.read("a"), "the record")
		least := f.save(&managed.Record{Name: "b", Hostnames: []string{"b.example.com"}, NotAfter: saved.NotAfter})
		f.wantSame(least, f.read("b"), "a record without facts")
	}},
	{"times come back in UTC", func(f fixture) {
		r := record("a")
		r.NotAfter = r.NotAfter.In(time.FixedZone("east", 3600))
		f.save(r)
		if got := f.read("a").NotAfter; got.Location() != time.UTC || !got.Equal(r.NotAfter) {
			f.Errorf("the expiry came back as %s", got)
		}
	}},
	{"a record that was read can be saved again and again", func(f fixture) {
		f.save(record("a"))
		for i := range 3 {
			r := f.read("a")
			r.Failures = i
			r.NextCheck = r.NextCheck.Add(time.Hour)
			r.NotAfter = r.NotAfter.Add(time.Hour)
			f.save(r)
			r.Served = "previous"
			f.save(r) // the version of the first save is good for the second
			f.wantSame(r, f.read("a"), "the record")
		}
		names, _ := f.list(managed.Filter{Sort: "expiry"})
		f.wantSame([]string{"a"}, names, "records by expiry")
	}},
	{"a name is taken once, in any case", func(f fixture) {
		f.save(record("Shop-Example"))
		f.wantError(f.SaveRecord(f.Context(), record("shop-example")), durable.ErrConflict, "a second insertion")
		f.wantSame("Shop-Example", f.read("SHOP-example").Name, "the name")
	}},
	{"the slower of two loses", func(f fixture) {
		f.save(record("a"))
		first, second := f.read("a"), f.read("a")
		first.Served, second.Served = "first", "second"
		second.NextCheck = second.NextCheck.Add(time.Hour)
		f.save(first)
		f.wantError(f.SaveRecord(f.Context(), second), durable.ErrConflict, "the slower one")
		f.wantSame(managed.Served("first"), f.read("a").Served, "what is stored")
		f.wantSame(1, len(f.due(24*time.Hour, 10)), "due rows")
	}},
	{"a deleted record cannot be replaced, only inserted", func(f fixture) {
		r := f.save(record("a"))
		if err := f.DeleteRecord(f.Context(), "a"); err != nil {
			f.Fatal(err)
		}
		f.wantError(f.SaveRecord(f.Context(), r), durable.ErrConflict, "replacing what is gone")
		r.ETag = ""
		f.save(r)
	}},
	{"deleting leaves nothing behind, and a missing one is fine", func(f fixture) {
		f.save(record("a"))
		f.save(record("b"))
		for range 2 {
			if err := f.DeleteRecord(f.Context(), "A"); err != nil {
				f.Fatal(err)
			}
		}
		_, err := f.Record(f.Context(), "a")
		f.wantError(err, durable.ErrNotFound, "reading it")
		for _, sort := range []string{"name", "expiry"} {
			names, _ := f.list(managed.Filter{Sort: sort})
			f.wantSame([]string{"b"}, names, "records by "+sort)
		}
		f.wantSame([]string{"b"}, f.due(time.Hour, 10), "due records")
	}},
	{"of many insertions at once one succeeds", func(f fixture) {
		var all sync.WaitGroup
		var stored atomic.Int32
		for range 8 {
			all.Go(func() {
				if f.SaveRecord(f.Context(), record("a")) == nil {
					stored.Add(1)
				}
			})
		}
		all.Wait()
		f.wantSame(int32(1), stored.Load(), "insertions that succeeded")
	}},
	{"the longest name of the vault fits", func(f fixture) {
		name := strings.Repeat("n", 127)
		f.wantSame(f.save(record(name)), f.read(name), "the record")
	}},
}

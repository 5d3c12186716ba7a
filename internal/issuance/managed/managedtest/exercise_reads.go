package managedtest

import (
	"slices"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

var reads = []conformance{
	{"a record that nobody saved is gone", func(f fixture) {
		_, err := f.Record(f.Context(), "nobody")
		f.wantError(err, durable.ErrNotFound, "reading it")
		names, pages := f.list(managed.Filter{})
		f.wantSame(0, len(names), "records")
		f.wantSame(1, pages, "pages of nothing")
		f.wantSame(0, len(f.due(time.Hour, 10)), "due records")
	}},
	{"the longest due comes first and the limit holds", func(f fixture) {
		for i, name := range []string{"c", "a", "b", "never"} {
			r := record(name)
			r.NextCheck = noon.Add(time.Duration(i) * time.Hour)
			if name == "never" {
				r.NextCheck = time.Time{}
			}
			f.save(r)
		}
		f.wantSame([]string{"c", "a", "b"}, f.due(100*24*time.Hour, 10), "due records")
		f.wantSame([]string{"c", "a"}, f.due(100*24*time.Hour, 2), "the first two")
		f.wantSame([]string{"c"}, f.due(time.Hour, 10), "those before one")
		f.wantSame(0, len(f.due(0, 10)), "those before noon")
		f.wantSame(0, len(f.due(time.Hour, 0)), "none wanted")
	}},
	{"a record moves with its next check", func(f fixture) {
		r := record("Mixed-Case")
		for _, later := range []time.Duration{0, 30 * 24 * time.Hour, time.Minute, time.Minute + time.Millisecond} {
			r.NextCheck = noon.Add(later)
			f.save(r)
			f.wantSame(0, len(f.due(later, 10)), "due before "+later.String())
			f.wantSame([]string{"Mixed-Case"}, f.due(later+time.Millisecond, 10), "due after "+later.String())
		}
		r.NextCheck = time.Time{}
		f.save(r)
		f.wantSame(0, len(f.due(1000*24*time.Hour, 10)), "due when it is not looked at any more")
	}},
	{"lists are complete, in order and in pages", func(f fixture) {
		names := named(23)
		for i, name := range names {
			r := record(name)
			r.NotAfter = noon.Add(-time.Duration(i) * time.Hour)
			f.save(r)
		}
		byName, pages := f.list(managed.Filter{Top: 10})
		f.wantSame(names, byName, "by name")
		f.wantSame(3, pages, "pages")
		slices.Reverse(names)
		byExpiry, _ := f.list(managed.Filter{Top: 7, Sort: "expiry"})
		f.wantSame(names, byExpiry, "by expiry")
		all, pages := f.list(managed.Filter{Sort: "expiry"})
		f.wantSame(names, all, "in one page")
		f.wantSame(1, pages, "pages")
	}},
	{"a listed record is whole and can be saved", func(f fixture) {
		saved := f.save(record("a"))
		for _, sort := range []string{"name", "expiry"} {
			page, _, err := f.ListRecords(f.Context(), managed.Filter{Sort: sort})
			if err != nil || len(page) != 1 {
				f.Fatalf("by %s: %d records, %v", sort, len(page), err)
			}
			got := *page[0]
			want := *saved
			if sort == "expiry" {
				want.ETag = ""
			}
			f.wantSame(want, got, "by "+sort)
		}
	}},
	{"a search finds parts of names and hostnames", func(f fixture) {
		for _, name := range []string{"shop-a", "shop-b", "www"} {
			r := record(name)
			if name == "www" {
				r.Hostnames = []string{"www.example.net", "The-SHOP.example.net"}
			}
			f.save(r)
		}
		for search, want := range map[string][]string{"SHOP": {"shop-a", "shop-b", "www"}, "shop-b": {"shop-b"}, "example.net": {"www"}, "nothing": nil, "'": nil} {
			names, _ := f.list(managed.Filter{Search: search, Top: 2})
			f.wantSame(want, names, "search for "+search)
			names, _ = f.list(managed.Filter{Search: search, Sort: "expiry"})
			f.wantSame(want, names, "search by expiry for "+search)
		}
	}},
	{"a page is right whatever was removed in between", func(f fixture) {
		for _, name := range named(6) {
			f.save(record(name))
		}
		page, next, err := f.ListRecords(f.Context(), managed.Filter{Top: 3})
		if err != nil || len(page) != 3 || next == "" {
			f.Fatalf("%d records, %q, %v", len(page), next, err)
		}
		if err := f.DeleteRecord(f.Context(), "n0002"); err != nil {
			f.Fatal(err)
		}
		rest, _ := f.list(managed.Filter{Top: 3, Token: next})
		f.wantSame([]string{"n0003", "n0004", "n0005"}, rest, "the rest")
	}},
	{"a token of somebody else is refused", func(f fixture) {
		for _, name := range named(2) {
			f.save(record(name))
		}
		_, byName, err := f.ListRecords(f.Context(), managed.Filter{Top: 1})
		if err != nil {
			f.Fatal(err)
		}
		for _, filter := range []managed.Filter{
			{Token: "nonsense"}, {Token: "bnxhJyBvciAxIGVxIDE"}, {Token: "====="}, {Token: byName, Sort: "expiry"},
		} {
			_, _, err := f.ListRecords(f.Context(), filter)
			f.wantError(err, durable.ErrBadToken, "token "+filter.Token)
		}
	}},
}

package durabletest

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"certgate/internal/durable"
)

// list walks all pages and returns the ids, failing on a page that is too long.
func (f fixture) list(filter durable.Filter) (ids []string) {
	f.Helper()
	ids = []string{}
	for pages := 0; ; pages++ {
		page, next, err := f.List(f.Context(), filter)
		if err != nil {
			f.Fatalf("list: %v", err)
		}
		if filter.Top > 0 && len(page) > filter.Top {
			f.Fatalf("a page has %d instances, want at most %d", len(page), filter.Top)
		}
		for _, inst := range page {
			ids = append(ids, inst.ID)
		}
		if next == "" {
			return ids
		}
		if pages > 50 || len(page) == 0 {
			f.Fatalf("page %d has %d instances and still a token", pages, len(page))
		}
		filter.Token = next
	}
}

// aged stores n instances, each a minute younger than the one before, and
// returns them newest first.
func (f fixture) aged(n int) []*durable.Instance {
	f.Helper()
	var all []*durable.Instance
	for i := range n {
		f.clock.Advance(time.Minute)
		all = append(all, f.started("claim"+strconv.Itoa(i)))
	}
	slices.Reverse(all)
	return all
}

func ids(instances []*durable.Instance) []string {
	out := []string{}
	for _, inst := range instances {
		out = append(out, inst.ID)
	}
	return out
}

var listTests = []conformance{
	{"the newest come first, page by page", func(f fixture) {
		all := f.aged(11)
		f.wantSame(ids(all), f.list(durable.Filter{}), "all in one page")
		for _, top := range []int{1, 3, 5, 11, 12} {
			f.wantSame(ids(all), f.list(durable.Filter{Top: top}), "pages of "+strconv.Itoa(top))
		}
	}},
	{"instances of one moment are all listed", func(f fixture) {
		want := map[string]bool{}
		for i := range 9 {
			want[f.started("claim"+strconv.Itoa(i)).ID] = true
		}
		got := map[string]bool{}
		listed := f.list(durable.Filter{Top: 2})
		for _, id := range listed {
			got[id] = true
		}
		f.wantSame(len(want), len(listed), "number of listed instances")
		f.wantSame(want, got, "listed instances")
	}},
	{"a claim's instances are found whoever holds it now", func(f fixture) {
		first := f.started("claim")
		f.end(first, durable.Failed)
		f.started("Claim")
		f.clock.Advance(time.Minute)
		second := f.started("claim")
		f.wantSame([]string{second.ID, first.ID}, f.list(durable.Filter{Claim: "claim", Top: 1}), "instances of the claim")
		f.wantSame([]string{first.ID}, f.list(durable.Filter{Claim: "claim", Statuses: []durable.RuntimeStatus{durable.Failed, durable.Completed}}), "ended ones")
		f.wantSame([]string{}, f.list(durable.Filter{Claim: "it's another"}), "instances of a free claim")
	}},
	{"a page shows the rows as they are now, without state", func(f fixture) {
		inst := f.started("claim")
		inst.Status, inst.Step, inst.Custom.Message = durable.Running, "SecondStep", "Going on."
		inst.Output, inst.RequestedBy, inst.Parent = json.RawMessage(`{"out":1}`), "somebody", durable.NewID("parent")
		f.turn(inst, durable.Change{})
		page, _, err := f.List(f.Context(), durable.Filter{})
		if err != nil || len(page) != 1 {
			f.Fatalf("list gave %v, %v; want one instance", page, err)
		}
		want := *inst
		want.State, want.ETag, page[0].ETag = nil, "", ""
		f.wantSame(&want, page[0], "listed instance")
	}},
	{"hidden instances are left out", func(f fixture) {
		hidden := f.instance("hidden")
		hidden.Hidden = true
		f.create(hidden)
		shown := f.started("shown")
		f.wantSame([]string{shown.ID}, f.list(durable.Filter{}), "listed instances")
		f.end(hidden, durable.Completed)
		f.wantSame([]string{shown.ID}, f.list(durable.Filter{}), "listed instances after the end of the hidden one")
		if err := f.Purge(f.Context(), hidden.ID); err != nil {
			f.Errorf("purge of the hidden one: %v", err)
		}
	}},
	{"status filters follow the instance", func(f fixture) {
		all := f.aged(6)
		f.end(all[1], durable.Failed)
		f.end(all[4], durable.Completed)
		all[2].Status = durable.Running
		f.turn(all[2], durable.Change{})
		for _, c := range []struct {
			statuses []durable.RuntimeStatus
			want     []*durable.Instance
		}{
			{[]durable.RuntimeStatus{durable.Failed}, all[1:2]},
			{[]durable.RuntimeStatus{durable.Pending}, []*durable.Instance{all[0], all[3], all[5]}},
			{[]durable.RuntimeStatus{durable.Completed, durable.Running}, []*durable.Instance{all[2], all[4]}},
			{[]durable.RuntimeStatus{durable.Terminated}, nil},
			{[]durable.RuntimeStatus{"x' or Status ne 'x"}, nil},
		} {
			f.wantSame(ids(c.want), f.list(durable.Filter{Statuses: c.statuses}), "filter by status")
			f.wantSame(ids(c.want), f.list(durable.Filter{Statuses: c.statuses, Top: 1}), "filter by status, one by one")
		}
	}},
	{"time filters include the start and not the end", func(f fixture) {
		all := f.aged(6)
		from, to := all[4].CreatedAt, all[1].CreatedAt
		f.wantSame(ids(all[:5]), f.list(durable.Filter{From: from}), "from")
		f.wantSame(ids(all[2:]), f.list(durable.Filter{To: to}), "to")
		f.wantSame(ids(all[2:5]), f.list(durable.Filter{From: from, To: to, Top: 2}), "from and to")
		f.wantSame(ids(all[1:5]), f.list(durable.Filter{From: from, To: to.Add(time.Millisecond)}), "from and to a little later")
		f.wantSame(ids(all), f.list(durable.Filter{From: time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), To: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}), "from the beginning to the end of time")
		f.wantSame([]string{}, f.list(durable.Filter{From: to, To: from}), "a time filter that is the wrong way round")
	}},
	{"a token that is not ours is refused", func(f fixture) {
		f.aged(3)
		encoded := base64.RawURLEncoding.EncodeToString
		for _, token := range []string{"x", "!", encoded([]byte("9223372036854775807|' or RowKey ge '")), encoded([]byte("l|9223372036854775807|' or RowKey ge '")), encoded([]byte("|")), "null"} {
			_, _, err := f.List(f.Context(), durable.Filter{Token: token})
			f.wantError(err, durable.ErrBadToken, "List with token "+token)
		}
	}},
	{"a token survives the purge of its instance", func(f fixture) {
		all := f.aged(4)
		_, next, err := f.List(f.Context(), durable.Filter{Top: 2})
		if err != nil {
			f.Fatal(err)
		}
		f.end(all[1], durable.Completed)
		if err := f.Purge(f.Context(), all[1].ID); err != nil {
			f.Fatal(err)
		}
		f.wantSame(ids(all[2:]), f.list(durable.Filter{Top: 2, Token: next}), "the second page")
	}},
}

package durabletest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"certgate/internal/durable"
)

// bulky is a JSON value of about n bytes with white space, angle brackets,
// quotes and characters of two and four bytes in it, so that nothing may
// re-encode it.
func bulky(n int) json.RawMessage {
	const pattern = `<a & b> \"q\" ü 🔑 `
	return json.RawMessage(`{ "v" : "` + strings.Repeat(pattern, n/len(pattern)+1) + `" }`)
}

var valueTests = []conformance{
	{"big values come back byte for byte", func(f fixture) {
		inst := f.instance("claim")
		inst.Input, inst.State = bulky(300<<10), bulky(200<<10)
		f.create(inst)
		f.wantSame(inst, f.load(inst.ID), "instance after Create")
		inst.State, inst.Output = bulky(1), bulky(70<<10)
		f.turn(inst, durable.Change{}) // what has become small leaves no rest of the big one
		f.wantSame(inst, f.load(inst.ID), "instance after Commit")
		item := f.item("big")
		item.Body, item.Answer = bulky(150<<10), bulky(100<<10)
		f.post("claim", item)
		got, err := f.Item(f.Context(), "claim", "big")
		if err != nil {
			f.Fatal(err)
		}
		f.wantSame(item, got, "item")
	}},
	{"every member of an instance is kept", func(f fixture) {
		inst := f.instance("claim")
		f.create(inst)
		at := f.clock.Now()
		inst.Status, inst.Attempt, inst.RequestedBy, inst.Parent, inst.WaitingFor = durable.Running, 3, "ann@example.com", durable.NewID("parent"), "the authority"
		inst.Custom = durable.CustomStatus{Status: "S", Message: "M ünï <b>", Error: "E"}
		inst.Output, inst.LeaseUntil = json.RawMessage(`[1, 2]`), at.Add(time.Hour)
		inst.LeaseBy = durable.LeaseHolder{Message: "m-1", Count: 2}
		inst.Ending = &durable.Ending{Status: durable.Failed, Code: "C", Message: "Because.", Step: "S"}
		inst.Outbox = []durable.Message{{Instance: inst.ID, Step: "S", Seq: 1 << 40, Wake: true, Granted: "item-1"}, {Instance: "x"}}
		inst.Seq = 1 << 40
		event := durable.Event{Seq: inst.Seq, Time: at, Kind: durable.EventFailed, Step: "S", Message: bulkyText(), Code: "C", Attempt: 2, Since: at.Add(-time.Hour)}
		f.commit(inst, durable.Change{Event: event})
		f.wantSame(inst, f.load(inst.ID), "instance")
		events := f.history(inst.ID)
		f.wantSame(event, events[len(events)-1], "event")
	}},
	{"times come back as the same moment, in UTC", func(f fixture) {
		inst := f.instance("claim")
		zone := time.FixedZone("east", 2*60*60)
		at := time.Date(2031, 2, 3, 4, 5, 6, 789_000_000, zone)
		inst.CreatedAt, inst.UpdatedAt, inst.StepSince, inst.DueAt = at, at, at, at
		f.create(inst)
		got := f.load(inst.ID)
		for _, back := range []time.Time{got.CreatedAt, got.UpdatedAt, got.StepSince, got.DueAt} {
			if !back.Equal(at) || back.Location() != time.UTC {
				f.Errorf("%s came back as %s", at, back)
			}
		}
		if !got.LeaseUntil.IsZero() {
			f.Errorf("no lease came back as %s", got.LeaseUntil)
		}
	}},
	{"unusual claims and item ids work", func(f fixture) {
		for i, name := range []string{
			"", " ", "a/b", `a\b`, "a#b?c", "%2F%00", "a'b''c", `"quoted"`, "tab\tline\nnull\x00", "ünïcode 🔑", "*.example.com",
			"|", "}", "=", "~", "c|m|i|" + strings.Repeat("x", 20), strings.Repeat("long/", 300),
		} {
			claim := name + strconv.Itoa(i)
			inst := f.started(claim, f.item("first"+name))
			f.post(claim, f.item(name))
			f.wantSame(claim, f.load(inst.ID).Claim, "claim")
			got, err := f.Item(f.Context(), claim, name)
			if err != nil {
				f.Fatalf("item %q: %v", name, err)
			}
			f.wantSame(name, got.ID, "item id")
			f.turn(inst, durable.Change{Dropped: []string{name}})
			f.wantSame([]string{"first" + name}, f.itemIDs(claim), "inbox")
		}
	}},
	{"what a caller does to its copy does not change the store", func(f fixture) {
		inst := f.instance("claim")
		inst.Outbox = []durable.Message{{Step: "A"}}
		f.create(inst)
		spoil := func(copied *durable.Instance) { copied.State[2], copied.Outbox[0].Step = 'X', "B" }
		spoil(inst)
		spoil(f.load(inst.ID))
		stored := f.load(inst.ID)
		f.wantSame(`{"s":1}`, string(stored.State), "state")
		f.wantSame([]durable.Message{{Step: "A"}}, stored.Outbox, "outbox")
	}},
}

// bulkyText is longer than a table's string column may be.
func bulkyText() string { return strings.Repeat("é", 40_000) }

package delivery

import (
	"context"
	"sync"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// Shown is a target of a certificate as people see it.
type Shown struct {
	Name   string
	Kind   string
	Served managed.Served
	// Since is when the delivery of the version in force began, Deadline until when it may
	// take; zero if there is none, or no deadline any more.
	Since, Deadline time.Time
	Problem         string // a sentence; "" for none
	Instance        string // the newest delivery of the version; "" for none
}

// Show looks at the targets of a certificate now.
func (d *Deliveries) Show(ctx context.Context, r *managed.Record) []Shown {
	if r.Retired || r.Damaged {
		return nil
	}
	list := d.of(r.Hostnames)
	out := make([]Shown, len(list))
	var all sync.WaitGroup
	for i, w := range list {
		all.Go(func() { out[i] = d.show(ctx, w, r) })
	}
	all.Wait()
	return out
}

func (d *Deliveries) show(ctx context.Context, w wanted, r *managed.Record) Shown {
	seen := d.look(ctx, w, r)
	out := Shown{Name: w.Name, Kind: w.Kind.Name, Served: seen.worst(), Problem: seen.behind()}
	page, _, err := d.Instances.List(ctx, durable.Filter{Claim: claimOf(w.Name, r.Name, r.Version), Top: 1})
	if err != nil {
		d.Log.WarnContext(ctx, "showing a target without its delivery", "target", w.Name, "certificate", r.Name, "error", err)
	}
	for _, inst := range page {
		out.Instance, out.Since = inst.ID, inst.CreatedAt
		if !inst.Status.Ended() {
			out.Deadline = w.deadline(inst.CreatedAt)
		}
	}
	return out
}

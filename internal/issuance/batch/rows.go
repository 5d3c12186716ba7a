package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"certgate/internal/durable"
)

// readSingly is how many rows are read one by one. More of them cost less as a
// list: one request for each of the store's shards and thousand rows.
const readSingly = durable.Shards

// rows reads the instances with the given ids. Those that are not there any more
// are left out.
func (s *state) rows(ctx context.Context, instances Instances, ids []string) (map[string]*durable.Instance, error) {
	found := make(map[string]*durable.Instance, len(ids))
	if len(ids) > readSingly {
		if err := s.list(ctx, instances, ids, found); err != nil {
			return nil, err
		}
	}
	missing := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return found[id] != nil })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(childrenAtOnce)
	var mu sync.Mutex
	for _, id := range missing {
		group.Go(func() error {
			inst, err := instances.Load(ctx, id)
			if errors.Is(err, durable.ErrNotFound) {
				return nil
			}
			if durable.Unreadable(err) {
				inst, err = &durable.Instance{ID: id, Damaged: true}, nil
			}
			if err != nil {
				return fmt.Errorf("read the request %s: %w", id, err)
			}
			mu.Lock()
			defer mu.Unlock()
			found[id] = inst
			return nil
		})
	}
	return found, group.Wait()
}

// list adds what it finds among the instances of the time in which the children
// were created. A child that was only joined may be older.
func (s *state) list(ctx context.Context, instances Instances, ids []string, found map[string]*durable.Instance) error {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	filter := durable.Filter{From: s.From, To: s.Started.Add(startTimeout + clockSkew), Top: 1000}
	return eachPage(ctx, instances, filter, func(page []*durable.Instance) (more bool) {
		for _, inst := range page {
			if wanted[inst.ID] {
				found[inst.ID] = inst
			}
		}
		return len(found) < len(wanted)
	})
}

// listOwn finds the instances that the turn's instance started, in the given
// statuses or in any.
func listOwn(ctx context.Context, instances Instances, t durable.Turn, statuses ...durable.RuntimeStatus) ([]*durable.Instance, error) {
	var own []*durable.Instance
	filter := durable.Filter{From: t.Created.Add(-clockSkew), Statuses: statuses, Top: 1000}
	err := eachPage(ctx, instances, filter, func(page []*durable.Instance) bool {
		for _, inst := range page {
			if inst.Parent == t.Instance {
				own = append(own, inst)
			}
		}
		return true
	})
	return own, err
}

func eachPage(ctx context.Context, instances Instances, filter durable.Filter, see func(page []*durable.Instance) (more bool)) error {
	for {
		page, next, err := instances.List(ctx, filter)
		if err != nil {
			return fmt.Errorf("list certificate requests: %w", err)
		}
		if !see(page) || next == "" {
			return nil
		}
		filter.Token = next
	}
}

// ChildStatus is a child of a parent as people read it.
type ChildStatus struct {
	Hostname      string               `json:"hostname"`
	InstanceID    string               `json:"instanceId"`
	RuntimeStatus string               `json:"runtimeStatus"`
	CustomStatus  durable.CustomStatus `json:"customStatus"`
}

// ReadChildren returns the children of a parent in the order of its input, as
// they are now; none for an instance of another flow.
func ReadChildren(ctx context.Context, instances Instances, parent *durable.Instance) ([]ChildStatus, error) {
	if parent.Flow != Flow && parent.Flow != FlowTakeOver {
		return nil, nil
	}
	s, err := stateOf(parent)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range s.Children {
		if c.Instance != "" {
			ids = append(ids, c.Instance)
		}
	}
	rows, err := s.rows(ctx, instances, ids)
	if err != nil {
		return nil, err
	}
	list := make([]ChildStatus, 0, len(s.Children))
	for i := range s.Children {
		list = append(list, s.Children[i].publish(rows[s.Children[i].Instance]))
	}
	return list, nil
}

// stateOf is what the parent knows: its state, or the output that is left of it
// when it has ended.
func stateOf(parent *durable.Instance) (s state, err error) {
	if len(parent.State) > 0 {
		if err := json.Unmarshal(parent.State, &s); err != nil {
			return s, &durable.UnreadableError{Kind: durable.RowInstance, ID: parent.ID, Row: parent.ID, Flow: parent.Flow, Err: err}
		}
		return s, nil
	}
	var r Result
	if err := json.Unmarshal(parent.Output, &r); err != nil {
		return s, &durable.UnreadableError{Kind: durable.RowInstance, ID: parent.ID, Row: parent.ID, Flow: parent.Flow, Err: err}
	}
	s.From, s.Started = parent.CreatedAt.Add(-clockSkew), parent.CreatedAt.Add(startedWithin)
	for _, c := range r.Children {
		was := child{Hostname: c.Hostname, Instance: c.InstanceID, Error: c.Error}
		if status := durable.RuntimeStatus(c.RuntimeStatus); status.Ended() {
			was.Ended = status
		}
		s.Children = append(s.Children, was)
	}
	return s, nil
}

// publish shows a child; inst is its row, nil if there is none (any more).
func (c *child) publish(inst *durable.Instance) ChildStatus {
	p := ChildStatus{Hostname: c.Hostname, InstanceID: c.Instance, RuntimeStatus: string(c.status())}
	switch {
	case inst != nil && inst.Damaged:
		p.RuntimeStatus = string(durable.Failed)
		p.CustomStatus = durable.CustomStatus{Status: p.RuntimeStatus, Message: "What is stored of this instance cannot be read.", Error: durable.CodeInstanceDamaged}
	case inst != nil:
		p.RuntimeStatus, p.CustomStatus = string(inst.Status), inst.Custom
	case c.Waits && c.Instance == "" && !c.planned().IsZero():
		p.CustomStatus = durable.CustomStatus{Status: string(durable.Pending), Message: "Not started: its order is planned for " + c.planned().UTC().Format(time.RFC3339) + "."}
	case c.Waits:
		p.CustomStatus = durable.CustomStatus{Status: string(durable.Pending), Message: "Not started: it waits until other work on this hostname has ended."}
	case c.Instance == "":
		p.CustomStatus = durable.CustomStatus{Status: string(durable.Pending), Message: "Not started."}
	default:
		p.CustomStatus = durable.CustomStatus{Status: p.RuntimeStatus, Message: "The instance was purged.", Error: c.Error}
	}
	return p
}

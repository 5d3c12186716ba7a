package preflight

import (
	"context"
	"fmt"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// maxPages bounds how many pages of active instances are searched.
const maxPages = 5

// inFlight tells whether a request for the hostname is under way: a second one
// gets the same id.
func inFlight() check {
	return check{
		name: "inFlight", title: "Request under way", group: groupHostname,
		fix: engineStorage().fix,
		run: func(_ context.Context, f *facts) verdict {
			found, err := f.active()
			if err != nil {
				return because(err)
			}
			if i := found.byClaim[issuance.Claim(f.hostname)]; i != nil {
				return pass("A request for %s is under way: instance %s, in %s.", f.hostname, i.ID, i.Custom.Status)
			}
			if found.more {
				return unknown("There are too many requests under way to look through.").fixedBy("Nothing to do: a second request for a hostname gets the first one's id.")
			}
			return pass("No request for %s is under way.", f.hostname)
		},
	}
}

// active are the instances that have not ended.
type active struct {
	byClaim map[string]*durable.Instance
	more    bool // than were looked through
}

func listActive(ctx context.Context, instances Instances) (active, error) {
	found := active{byClaim: map[string]*durable.Instance{}}
	filter := durable.Filter{Statuses: []durable.RuntimeStatus{durable.Pending, durable.Running}, Top: 1000}
	for range maxPages {
		page, next, err := instances.List(ctx, filter)
		if err != nil {
			return found, fmt.Errorf("list active instances: %w", err)
		}
		for _, i := range page {
			if i.Damaged {
				continue
			}
			found.byClaim[i.Claim] = i
		}
		if next == "" {
			return found, nil
		}
		filter.Token = next
	}
	found.more = true
	return found, nil
}

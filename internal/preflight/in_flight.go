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
		name: "inFlight",
		fix:  "See the check engineStorage.",
		run: func(ctx context.Context, f *facts) verdict {
			filter := durable.Filter{Statuses: []durable.RuntimeStatus{durable.Pending, durable.Running}, Top: 1000}
			for range maxPages {
				page, next, err := f.config.Instances.List(ctx, filter)
				if err != nil {
					return because(fmt.Errorf("list active instances: %w", err))
				}
				for _, i := range page {
					if i.Claim == issuance.Claim(f.hostname) {
						return pass("A request for %s is under way: instance %s, in %s.", f.hostname, i.ID, i.Custom.Status)
					}
				}
				if next == "" {
					return pass("No request for %s is under way.", f.hostname)
				}
				filter.Token = next
			}
			return unknown("There are too many requests under way to look through.").fixedBy("Nothing to do: a second request for a hostname gets the first one's id.")
		},
	}
}

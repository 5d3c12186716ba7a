package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"certgate/internal/durable"
	"certgate/internal/retention"
)

const (
	// purgeMost bounds one call, so that it ends well within the 230 seconds that
	// Azure's load balancer gives a request.
	purgeMost   = 1000
	purgeWithin = 100 * time.Second
	purgePage   = 200
)

// purgeInstances removes the ended instances that a filter selects. As in the
// Durable Functions API, createdTimeFrom is required and none found is 404. One
// call removes 1000 at most; who wants more calls again until it is 404.
func (s *server) purgeInstances(w http.ResponseWriter, r *http.Request) error {
	filter, err := purgeFilter(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), purgeWithin)
	defer cancel()
	removed := 0
	for removed < purgeMost && ctx.Err() == nil {
		filter.Top = min(purgePage, purgeMost-removed)
		page, next, err := s.instances.List(ctx, filter)
		if err == nil {
			var n int
			n, err = retention.Purge(ctx, s.instances, ids(page))
			removed += n
		}
		if err != nil && (removed == 0 || ctx.Err() == nil) {
			return fmt.Errorf("purge by filter, %d removed: %w", removed, err)
		}
		if filter.Token = next; next == "" {
			break
		}
	}
	if removed == 0 {
		return problem(CodeInstanceNotFound, "No ended instance fits the filter.", "GET /api/instances with the same filter shows what there is.")
	}
	writeJSON(w, http.StatusOK, map[string]int{"instancesDeleted": removed})
	return nil
}

func purgeFilter(r *http.Request) (durable.Filter, error) {
	filter, _, err := listFilter(r)
	if err != nil {
		return filter, err
	}
	if filter.From.IsZero() {
		return filter, problem(CodeQueryNotValid, "createdTimeFrom is missing.", "Say from when on instances are to be removed, such as createdTimeFrom=2026-01-31T00:00:00Z.")
	}
	for _, status := range filter.Statuses {
		if !status.Ended() {
			return filter, problem(CodeQueryNotValid, fmt.Sprintf("runtimeStatus %s cannot be purged.", status), "Use Completed, Failed or Terminated; terminate what still runs first.")
		}
	}
	if len(filter.Statuses) == 0 {
		filter.Statuses = []durable.RuntimeStatus{durable.Completed, durable.Failed, durable.Terminated}
	}
	filter.Token = ""
	return filter, nil
}

func ids(page []*durable.Instance) (out []string) {
	for _, inst := range page {
		if !inst.Damaged { // it may be at work for all that is known; an admin deletes it by its id
			out = append(out, inst.ID)
		}
	}
	return out
}

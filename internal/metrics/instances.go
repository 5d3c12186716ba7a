package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"certgate/internal/durable"
)

const (
	// startedWithin is what counts as recent: it bounds the cost, and covers every
	// step but the wait for a limit of the authority, which may take a week.
	startedWithin = 24 * time.Hour
	instancePage  = 1000
	instancePages = 3 // in one look; the newest come first
	// backlogLimit bounds the count of what is under way, in each partition.
	backlogLimit = 5000
)

var (
	instancesStarted = desc("certgate_instances_started",
		"Instances that were started in the last 24 hours and are shown in lists, by status and error code."+ofState, "flow", "status", "code")
	instanceEnd = desc("certgate_instance_end_timestamp_seconds",
		"When the last of those instances with this status and error code ended."+ofState, "flow", "status", "code")
	stepSince = desc("certgate_step_since_timestamp_seconds",
		"When the instance that has been in a step for the longest entered it, of those started in the last 24 hours."+ofState, "flow", "step")
	instancesActive = desc("certgate_instances_active",
		"Instances that have not ended, the gateway's writer, watchdog and notifications included."+ofState)
	stepDue = desc("certgate_step_due_timestamp_seconds",
		"When the step that has been due for the longest, or is due next, became or becomes due, to the minute. A step that waits to be woken counts as due; the timer Rescue looks after it within 20 minutes."+ofState)
)

type instances struct{ archive durable.Archive }

type startedKey struct{ flow, status, code string }

type stepKey struct{ flow, step string }

func (i instances) read(ctx context.Context, now time.Time) (out []prometheus.Metric, err error) {
	started, ended, since := map[startedKey]int{}, map[startedKey]time.Time{}, map[stepKey]time.Time{}
	var gone delivered
	filter := durable.Filter{From: now.Add(-startedWithin), Top: instancePage}
	for range instancePages {
		page, next, err := i.archive.List(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, inst := range page {
			if inst.Damaged {
				started[startedKey{status: "Unknown", code: durable.CodeInstanceDamaged}]++
				continue
			}
			gone.add(inst)
			kind, step := startedKey{inst.Flow, string(inst.Status), inst.Custom.Error}, stepKey{inst.Flow, inst.Step}
			started[kind]++
			if first, known := since[step]; !inst.Status.Ended() && (!known || inst.StepSince.Before(first)) {
				since[step] = inst.StepSince
			}
			if inst.Status.Ended() && inst.UpdatedAt.After(ended[kind]) {
				ended[kind] = inst.UpdatedAt
			}
		}
		if filter.Token = next; next == "" {
			break
		}
	}
	for key, n := range started {
		out = append(out, gauge(instancesStarted, float64(n), key.flow, key.status, key.code))
	}
	for key, at := range ended {
		out = append(out, gauge(instanceEnd, seconds(at), key.flow, key.status, key.code))
	}
	for key, at := range since {
		out = append(out, gauge(stepSince, seconds(at), key.flow, key.step))
	}
	out = append(out, gone.metrics()...)
	return append(out, gauge(readPartial, truth(filter.Token != ""), "instances")), nil
}

type backlog struct{ census durable.Census }

func (b backlog) read(ctx context.Context, _ time.Time) ([]prometheus.Metric, error) {
	found, err := b.census.Backlog(ctx, backlogLimit)
	if err != nil {
		return nil, err
	}
	out := []prometheus.Metric{
		gauge(instancesActive, float64(found.Active)),
		gauge(readPartial, truth(found.Partial), "backlog"),
	}
	if !found.OldestDue.IsZero() {
		out = append(out, gauge(stepDue, seconds(found.OldestDue)))
	}
	return out, nil
}

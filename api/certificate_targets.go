package api

import (
	"context"

	"certgate/internal/delivery"
	"certgate/internal/issuance/managed"
)

// Targets are what serves certificates beside the gateway; *delivery.Deliveries knows
// them.
type Targets interface {
	// Show looks at the targets of a certificate now.
	Show(ctx context.Context, r *managed.Record) []delivery.Shown
}

// targeted is the published view of a target of one certificate.
type targeted struct {
	Name     string         `json:"name"`
	Kind     string         `json:"kind"`
	Served   managed.Served `json:"served"`
	Since    string         `json:"since,omitempty"`
	Deadline string         `json:"deadline,omitempty"`
	Problem  string         `json:"problem,omitempty"`
	Instance string         `json:"instance,omitempty"`
}

// targets are what else serves a certificate, as it is at this moment.
func (s *server) targets(ctx context.Context, r *managed.Record) (list []targeted) {
	if s.certificates.Targets == nil {
		return nil
	}
	for _, t := range s.certificates.Targets.Show(ctx, r) {
		list = append(list, targeted{Name: t.Name, Kind: t.Kind, Served: t.Served, Since: instant(t.Since), Deadline: instant(t.Deadline), Problem: t.Problem, Instance: t.Instance})
	}
	return list
}

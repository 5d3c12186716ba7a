package api

import (
	"context"

	"certgate/internal/durable"
	"certgate/internal/principal"
)

// attributed puts the caller's name to what the caller does, so that no handler
// can forget it: into the new row, and into the history of a running instance.
type attributed struct{ Engine }

// Start may be the repeat of a call whose process died between the row and its
// first message: the caller has seen an error, asks again and is told of that
// instance, which must not sit still until the rescue timer finds it.
func (a attributed) Start(ctx context.Context, s durable.Start) (id string, existing bool, err error) {
	s.RequestedBy = principal.FromContext(ctx).Name
	return a.Engine.Start(ctx, s)
}

func (a attributed) Terminate(ctx context.Context, id, reason string) error {
	by := principal.FromContext(ctx).Name
	if reason == "" {
		return a.Engine.Terminate(ctx, id, "Terminated by "+by+".")
	}
	return a.Engine.Terminate(ctx, id, reason+" (terminated by "+by+")")
}

func (a attributed) Raise(ctx context.Context, id, name string) error {
	return a.Engine.Raise(ctx, id, name+" (by "+principal.FromContext(ctx).Name+")")
}

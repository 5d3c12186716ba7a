package durable

import (
	"context"
	"fmt"
)

// OnEnd makes hear know of every instance that ends, hidden ones apart, beside
// those who know of it already. It is told when the end is stored, and again
// whenever the message of the last turn comes back: an error from hear asks for
// that, and a crash in between has the same effect. So hear may be told of an end
// twice, and must not mind. Not safe once messages are handled.
func (r *Runner) OnEnd(hear func(ctx context.Context, inst *Instance) error) {
	r.onEnd = append(r.onEnd, hear)
}

// ended tells of an end.
func (r *Runner) ended(ctx context.Context, inst *Instance) error {
	if inst.Hidden {
		return nil
	}
	for _, hear := range r.onEnd {
		if err := hear(ctx, inst); err != nil {
			return fmt.Errorf("tell of the end of instance %s: %w", inst.ID, err)
		}
	}
	return nil
}

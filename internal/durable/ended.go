package durable

import (
	"context"
	"fmt"
)

// OnEnd makes hear know of every instance that ends, hidden ones apart. It is
// told when the end is stored, and again whenever the message of the last turn
// comes back: an error from hear asks for that, and a crash in between has the
// same effect. So hear may be told of an end twice, and must not mind. Not safe
// once messages are handled.
func (r *Runner) OnEnd(hear func(ctx context.Context, inst *Instance) error) { r.onEnd = hear }

// ended tells of an end.
func (r *Runner) ended(ctx context.Context, inst *Instance) error {
	if r.onEnd == nil || inst.Hidden {
		return nil
	}
	if err := r.onEnd(ctx, inst); err != nil {
		return fmt.Errorf("tell of the end of instance %s: %w", inst.ID, err)
	}
	return nil
}

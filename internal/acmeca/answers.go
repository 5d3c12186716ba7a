package acmeca

import "context"

// Answers is nil if the authority's directory can be read at this moment: one
// request that needs no account, so it may be made often. What is remembered of the
// directory does not count. Errors: as Order.
func (ca *CA) Answers(ctx context.Context) error {
	_, err := ca.findDirectory(ctx)
	return err
}

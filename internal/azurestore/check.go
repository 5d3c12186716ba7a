package azurestore

import (
	"context"
	"errors"

	"certgate/internal/durable"
)

// Check reads a row that does not exist: the service answers, the identity is
// let in and the table is there (it is made if need be).
func (s *Store) Check(ctx context.Context) error {
	_, err := s.Load(ctx, "00000000000000000000000000000000")
	if errors.Is(err, durable.ErrNotFound) {
		return nil
	}
	return err
}

package inventorytest_test

import (
	"testing"

	"certgate/internal/inventory"
	"certgate/internal/inventory/inventorytest"
)

func TestTheMemoryConforms(t *testing.T) {
	t.Parallel()
	inventorytest.Exercise(t, func(*testing.T) inventory.Rows { return &inventorytest.Rows{} })
}

package managedtest_test

import (
	"testing"

	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
)

func TestRecordsConform(t *testing.T) {
	t.Parallel()
	managedtest.Exercise(t, func(*testing.T) managed.Records { return managedtest.NewRecords() })
}

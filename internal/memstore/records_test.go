package memstore_test

import (
	"testing"

	"certgate/internal/issuance"
	"certgate/internal/issuance/recordstest"
	"certgate/internal/memstore"
)

func TestRecordsConform(t *testing.T) {
	t.Parallel()
	recordstest.Exercise(t, func(*testing.T) issuance.Records { return memstore.NewRecords() })
}

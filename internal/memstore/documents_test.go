package memstore_test

import (
	"testing"
	"time"

	"certgate/internal/cagate"
	"certgate/internal/cagate/gatetest"
	"certgate/internal/memstore"
)

func TestTheDocumentsConform(t *testing.T) {
	t.Parallel()
	gatetest.Exercise(t, func(*testing.T) cagate.Documents { return memstore.New(time.Now) })
}

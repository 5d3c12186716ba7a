// Package azuritetest runs the storage emulator for a test.
package azuritetest

import (
	"context"
	"testing"

	"certgate/localstack/azurite"
	"certgate/localstack/process/processtest"
)

// Emulator is a running Azurite with nothing in it.
type Emulator struct {
	ConnectionString            string
	BlobURL, QueueURL, TableURL string // with the account, without a slash at the end
}

// Start runs the emulator, in memory, until the test is over. A test without the
// emulator installed is skipped, or fails if CERTGATE_REQUIRE_TOOLS is 1.
func Start(t testing.TB) Emulator {
	t.Helper()
	// Not the test's context: that ends before the test's own clean-up.
	running, err := azurite.Start(context.WithoutCancel(t.Context()), azurite.Options{Dir: t.TempDir()})
	processtest.RequireTools(t, err)
	t.Cleanup(running.Stop)
	ports := running.Ports()
	return Emulator{
		ConnectionString: running.ConnectionString(),
		BlobURL:          azurite.Endpoint(ports.Blob),
		QueueURL:         azurite.Endpoint(ports.Queue),
		TableURL:         azurite.Endpoint(ports.Table),
	}
}

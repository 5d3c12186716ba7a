package processtest

import (
	"testing"

	"certgate/localstack/process"
)

// FreePort is process.FreePort; without one the test ends.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

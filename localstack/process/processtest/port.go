package processtest

import (
	"testing"

	"certgate/localstack/process"
)

// FreePort is process.FreePort, and the port is the test's until it ends: it may be
// listened on late, or again. Without one the test ends.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.KeepPorts(port))
	return port
}

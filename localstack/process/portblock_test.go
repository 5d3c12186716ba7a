//go:build unix

package process_test

import (
	"fmt"
	"testing"

	"certgate/localstack/process"
)

// Between being found and being used, a port is anybody's: what two stacks that
// start side by side once died of.
func TestAPortThatIsHandedOutIsNobodyElses(t *testing.T) {
	t.Parallel()
	const first, outgoing = 20000, 32768
	seen := map[int]bool{}
	for range 100 { // none is listened on
		port, err := process.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] || port < first || port >= outgoing {
			t.Fatalf("port %d: twice, or one that an outgoing connection may get", port)
		}
		seen[port] = true
	}
	spec := as(t, "ports")
	spec.Ready = logSays(spec.LogFile, "port")
	var port int
	line := start(t, spec).Tail(1)[0]
	if _, err := fmt.Sscanf(line, "port %d <nil>", &port); err != nil || seen[port] {
		t.Errorf("the other process, when asked for a port as well: %q", line)
	}
}

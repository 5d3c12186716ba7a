package process_test

import (
	"slices"
	"testing"

	"certgate/localstack/process"
)

// A port whose owner restarts is free for a moment; a child that is started just
// then must not get it.
func TestAPortThatIsKeptIsNotHandedOut(t *testing.T) {
	kept, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	giveBack := process.KeepPorts(kept)
	defer giveBack()
	round := func() []int { // more than a whole block, so that every port has come by
		var all []int
		for range 5 {
			ports, err := process.FreePorts(90)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, ports...)
		}
		return all
	}
	if slices.Contains(round(), kept) {
		t.Errorf("port %d was handed out while it was kept", kept)
	}
	giveBack()
	giveBack() // twice is fine
	if !slices.Contains(round(), kept) {
		t.Errorf("port %d was never handed out again", kept)
	}
}

package bench

import (
	"testing"
	"time"
)

func TestProcessorTimeIsReadBehindTheProgramsName(t *testing.T) {
	t.Parallel()
	const line = "4711 (a (strange) name) S 42 4711 4711 0 -1 4194304 901 0 3 0 150 25 0 0 20 0 9 0 1 2 3"
	name, parent, spent, ok := parseStat(line)
	if !ok || name != "a (strange) name" || parent != 42 || spent != 1750*time.Millisecond {
		t.Errorf("read %q, %d, %s, %v", name, parent, spent, ok)
	}
	for _, broken := range []string{"", "4711 (cut", "4711 (cut) S 42", "4711 (odd) S x 1 1 0 -1 1 1 0 3 0 150 25 0 0"} {
		if _, _, _, ok := parseStat(broken); ok {
			t.Errorf("%q was read", broken)
		}
	}
}

func TestProcessorTimeIsTheDifferenceOfTwoReadings(t *testing.T) {
	t.Parallel()
	used := times{"node": 5 * time.Second, "new": time.Second, "idle": time.Second}.since(times{"node": 3 * time.Second, "idle": time.Second})
	if len(used) != 2 || used["node"] != 2 || used["new"] != 1 {
		t.Errorf("used %v", used)
	}
}

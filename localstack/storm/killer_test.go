package storm

import (
	"net/http/httptest"
	"testing"
)

var call = httptest.NewRequest("POST", "/", nil)

func TestEachKillHappensOnceAtTheFirstMomentAfterItsStep(t *testing.T) {
	t.Parallel()
	dead := 0
	k := newKiller([]Kill{{AfterSteps: 5, At: AfterRow}, {AfterSteps: 6, At: BeforePut}}, func(int) error { dead++; return nil })
	for _, c := range []struct {
		steps int
		at    Moment
		kills bool
	}{
		{4, AfterRow, false}, {5, BeforePut, false}, {5, AfterRow, true}, {5, AfterRow, false},
		{9, AfterPut, false}, {9, BeforePut, true}, {9, BeforePut, false},
	} {
		k.steps(c.steps)
		if killed := k.at(c.at, call); killed != c.kills {
			t.Errorf("after %d steps %s: killed %t, want %t", c.steps, c.at, killed, c.kills)
		}
	}
	if dead != 2 || k.total() != 2 {
		t.Errorf("%d deaths, %d counted, want 2", dead, k.total())
	}
}

func TestKillsWaitForTheLeaseOfTheGatewaysWriterUnlessTheyAreForIt(t *testing.T) {
	t.Parallel()
	k := newKiller([]Kill{{AfterSteps: 1, At: AfterRow}, {AfterSteps: 1, At: Writing}}, func(int) error { return nil })
	k.steps(1)
	k.hold(true)
	if k.at(AfterRow, call) {
		t.Error("the handler was killed while the writer had its lease")
	}
	if !k.due(Writing) {
		t.Error("a kill that is planned for the writer did not come")
	}
	k.hold(false)
	if !k.at(AfterRow, call) {
		t.Error("the kill that waited did not come")
	}
}

package storm

import "sync"

// killer ends the handler at the planned moments.
type killer struct {
	kill func() error

	mu    sync.Mutex
	plan  []Kill
	armed map[Moment]int // kills whose step has come, and whose moment has not
	held  bool           // the gateway's writer has its lease
	kills map[Moment]int
}

func newKiller(plan []Kill, kill func() error) *killer {
	return &killer{plan: plan, kill: kill, armed: map[Moment]int{}, kills: map[Moment]int{}}
}

// steps arms the kills that are planned for so many stored steps.
func (k *killer) steps(stored int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.plan) > 0 && k.plan[0].AfterSteps <= stored {
		k.armed[k.plan[0].At]++
		k.plan = k.plan[1:]
	}
}

// hold says whether the gateway's writer has its lease. A kill leaves that standing
// for two minutes, in which nobody gets on the gateway; so all kills wait until the
// lease is given back, but for those that are planned for that very moment.
func (k *killer) hold(on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = on
}

// holds reports whether kills wait.
func (k *killer) holds() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held
}

// due reports whether the handler shall die at this moment, once for each kill.
func (k *killer) due(m Moment) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.armed[m] == 0 || k.held && m != Writing {
		return false
	}
	k.armed[m]--
	k.kills[m]++
	return true
}

// at kills the handler if it is time, and returns when it is dead. It may be dead
// already: then there is nothing to do.
func (k *killer) at(m Moment) bool {
	if !k.due(m) {
		return false
	}
	_ = k.kill()
	return true
}

// total is how many kills there were.
func (k *killer) total() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, times := range k.kills {
		n += times
	}
	return n
}

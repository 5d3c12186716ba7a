package storm

import (
	"net/http"
	"sync"

	"certgate/localstack"
)

// killer ends the handler at the planned moments.
type killer struct {
	kill func(host int) error // the handler of that host

	mu     sync.Mutex
	plan   []Kill
	armed  map[Moment]int // kills whose step has come, and whose moment has not
	held   bool           // the gateway's writer has its lease
	kills  map[Moment]int
	byHost map[int]int // the same, by the number of the host
}

func newKiller(plan []Kill, kill func(host int) error) *killer {
	return &killer{plan: plan, kill: kill, armed: map[Moment]int{}, kills: map[Moment]int{}, byHost: map[int]int{}}
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
// for two minutes, in which no listener gets on the gateway; so all kills wait until the
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

// at kills the handler whose call it is, if it is time, and returns when it is dead. It
// may be dead already: then there is nothing to do.
func (k *killer) at(m Moment, call *http.Request) bool {
	if !k.due(m) {
		return false
	}
	_ = k.kill(k.victim(call))
	return true
}

// victim is the host whose handler a call has come from.
func (k *killer) victim(call *http.Request) int {
	host := localstack.HostOf(call.Context())
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byHost[host]++
	return host
}

// soon kills the handler whose call it is while the service acts: it never hears of
// the answer.
func (k *killer) soon(call *http.Request) {
	host := k.victim(call)
	go func() { _ = k.kill(host) }()
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

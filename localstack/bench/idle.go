package bench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"certgate/localstack"
	"certgate/localstack/pause"
	"certgate/localstack/storagedoor"
)

const (
	// quietFor is longer than the longest pause of an idle poller: when no call but
	// theirs has come for that time, what a timer started is over.
	quietFor = 5 * time.Second
	// timerWithin bounds what a timer may start.
	timerWithin = 90 * time.Second
	// received is what the idle pollers send, and nothing else.
	received = "queue receive"
)

// idleCost is what an app without work costs in storage calls.
type idleCost struct {
	certificates int
	pollers      float64            // calls an hour
	timers       map[string]float64 // calls of one run, by function
	firstSweep   float64            // calls of the first run of RenewDue, which looks at each certificate
}

// perHour is the sum, each timer as often as its schedule says.
func (c idleCost) perHour(runsPerHour map[string]float64) float64 {
	sum := c.pollers
	for function, calls := range c.timers {
		sum += calls * runsPerHour[function]
	}
	return sum
}

// idle watches two stacks at rest at the same time, one without certificates and
// one full of them.
func (b *bench) idle(ctx context.Context, full *localstack.Stack) error {
	empty, end, err := b.startStack(ctx)
	if err != nil {
		return err
	}
	defer end()
	b.say("idle: watching the pollers for %s, then each timer", b.IdleFor)
	var group errgroup.Group
	for certificates, stack := range map[int]*localstack.Stack{0: empty, b.Hostnames: full} {
		group.Go(func() error {
			cost, err := idleOf(ctx, stack, b.IdleFor, slices.Sorted(maps.Keys(b.timers)))
			if err != nil {
				return fmt.Errorf("idle with %d certificates: %w", certificates, err)
			}
			cost.certificates = certificates
			b.mu.Lock()
			defer b.mu.Unlock()
			b.idleCosts = append(b.idleCosts, cost)
			return nil
		})
	}
	return group.Wait()
}

// idleOf watches the pollers, and then has each timer run once. The pollers are
// told from the timers by the kind of call: only they receive messages.
func idleOf(ctx context.Context, stack *localstack.Stack, window time.Duration, timers []string) (idleCost, error) {
	cost := idleCost{timers: map[string]float64{}}
	if err := pause.For(ctx, restFor); err != nil {
		return cost, err
	}
	before := stack.Door.Counts()
	if err := pause.For(ctx, window); err != nil {
		return cost, err
	}
	perSecond := float64(stack.Door.Counts().Sub(before)[received]) / window.Seconds()
	cost.pollers = perSecond * time.Hour.Seconds()
	var err error
	if cost.firstSweep, err = timerCost(ctx, stack, "RenewDue", perSecond); err != nil {
		return cost, err
	}
	for _, function := range timers {
		if cost.timers[function], err = timerCost(ctx, stack, function, perSecond); err != nil {
			return cost, err
		}
	}
	return cost, nil
}

// timerCost runs a timer function, waits until nothing of what it started is left,
// and counts the calls that idle pollers would not have made: a message makes them
// ask more often for a while, and that is part of its price.
func timerCost(ctx context.Context, stack *localstack.Stack, function string, polls float64) (float64, error) {
	before, began := stack.Door.Counts(), time.Now()
	if err := stack.Client("bench", "operator").Fire(ctx, function); err != nil {
		return 0, err
	}
	others, since := 0, time.Now()
	for time.Since(since) < quietFor {
		if time.Since(began) > timerWithin {
			return 0, fmt.Errorf("what %s started is not over after %s", function, timerWithin)
		}
		if err := pause.For(ctx, 250*time.Millisecond); err != nil {
			return 0, err
		}
		if n := working(stack.Door.Counts().Sub(before)); n != others {
			others, since = n, time.Now()
		}
	}
	used := stack.Door.Counts().Sub(before)
	expected := polls * time.Since(began).Seconds()
	return float64(working(used)) + max(float64(used[received])-expected, 0), nil
}

// working are the paid calls other than asking for messages.
func working(used storagedoor.Counts) int {
	return used.Of(storagedoor.Queue) + used.Of(storagedoor.Table) - used[received]
}

func (b *bench) reportIdle(r *Report) {
	slices.SortFunc(b.idleCosts, func(x, y idleCost) int { return x.certificates - y.certificates })
	var costs []float64
	for _, c := range b.idleCosts {
		perHour := c.perHour(b.timers)
		costs = append(costs, perHour)
		r.add(Transactions, fmt.Sprintf("idle.%d.pollers", c.certificates), fmt.Sprintf("idle hour with %d certificates, the host's pollers", c.certificates), c.pollers, "calls")
		r.add(Transactions, fmt.Sprintf("idle.%d.timers", c.certificates), fmt.Sprintf("idle hour with %d certificates, the handler's timers", c.certificates), perHour-c.pollers, "calls").
			noting("%s", timerList(c.timers, b.timers))
	}
	if len(costs) != 2 {
		return
	}
	r.add(Transactions, "idle.ratio", fmt.Sprintf("idle cost with %d certificates in relation to none", b.Hostnames), costs[1]/costs[0], "").atMost(idleAim).
		noting("pollers counted for %s after they had reached maxPollingInterval of host.json; each timer run once and multiplied by its schedule. Not in it: a look at a certificate's renewal information, %s calls, which the authority wants every few hours, and the storage calls of the real Functions host for itself.",
			b.IdleFor, number((b.idleCosts[1].firstSweep-b.idleCosts[1].timers["RenewDue"])/float64(b.Hostnames)))
}

// idleAim leaves room for what two counts of the same differ by.
const idleAim = 1.1

func timerList(calls, runsPerHour map[string]float64) string {
	var parts []string
	for _, function := range slices.Sorted(maps.Keys(calls)) {
		parts = append(parts, fmt.Sprintf("%s %s calls x %s an hour", function, number(calls[function]), number(runsPerHour[function])))
	}
	return strings.Join(parts, ", ")
}

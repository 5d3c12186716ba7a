package storm

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"certgate/localstack"
	"certgate/localstack/funchost"
	"certgate/localstack/pause"
)

// Options say how big a storm is and where it happens.
type Options struct {
	// Seed and N make the Plan.
	Seed uint64
	N    int
	// Hosts is how many Functions hosts there are.
	Hosts localstack.Hosts
	// IfMatchIgnored has Resource Manager take each write of the handler, whatever version
	// of the gateway it had read: If-Match is not in the service's contract.
	IfMatchIgnored bool
	// Root is the top of the project, Handler the built handler ("": bin/handler).
	Root, Handler string
	// Dir is where the stack keeps data and logs. It is searched for secrets, so it
	// must be empty at first. Required.
	Dir string
	// Blow is how long things go wrong at most, outages not counted, Grace how long
	// instances may take after that. The rescue timer needs up to 17 minutes for a lost message.
	Blow, Grace time.Duration
	// Say gets progress and findings, a line each; nil discards.
	Say io.Writer
}

const (
	// patience bounds each look of the audit.
	patience = 10 * time.Second
	// calmHost gets its certificate before the storm: the app is in use already,
	// with its table, queue and ACME account.
	calmHost = "calm.storm.test"
	// queueLease is the platform's ten minutes, shortened: a storm that waits for
	// them shows nothing more.
	queueLease = 8 * time.Second
)

// hostSettings change what host.json says of queues: a failed message comes again
// after a second in place of 30, for the same reason.
var hostSettings = []string{
	"AzureFunctionsJobHost__extensions__queues__visibilityTimeout=00:00:01",
}

// storm is a running storm.
type storm struct {
	options Options
	plan    Plan
	stack   *localstack.Stack
	load    *load
	foreign *foreignWriter
	targets targets
	poison  *poison
	killer  *killer
	away    *away
	blows   atomic.Bool
	say     func(string, ...any)

	storage *storageFaults
	azure   *azureFaults
	ca      *caFaults

	deliveries atomic.Uint64
	restarts   chan Restart
	outages    chan Outage
	restarted  atomic.Int64

	mu             sync.Mutex
	authorizations map[string]bool
	told           secretsTold
}

// secretsTold are secrets that the storm made up and gave to the handler.
type secretsTold struct{ bearer, webhook, signing string }

// Run starts a stack, lets the storm blow over it and looks what is left. An error
// is about the storm itself; what it found is in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	s := &storm{options: o, plan: New(o.Seed, o.N), poison: newPoison(), restarts: make(chan Restart, 1000), outages: make(chan Outage, 100), away: newAway(), authorizations: map[string]bool{},
		told: secretsTold{bearer: rand.Text() + rand.Text(), webhook: rand.Text(), signing: rand.Text()}, say: sayer(o.Say)}
	receiver, err := startReceiver(filepath.Join(o.Dir, notificationsLog))
	if err != nil {
		return Report{}, err
	}
	defer receiver.close()
	if s.targets, err = startTargets(); err != nil {
		return Report{}, err
	}
	defer s.targets.close()
	if err := s.start(ctx, receiver.url+"/"+s.told.webhook); err != nil {
		return Report{}, fmt.Errorf("start the stack: %w", err)
	}
	defer s.stack.Close()
	defer s.load.api.replies.Close()
	report, err := s.blow(ctx)
	if err != nil {
		return report, fmt.Errorf("storm with seed %d: %w", o.Seed, err)
	}
	return report, nil
}

func sayer(w io.Writer) func(string, ...any) {
	if w == nil {
		w = io.Discard
	}
	var mu sync.Mutex
	began := time.Now()
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, "%6.1fs  "+format+"\n", append([]any{time.Since(began).Seconds()}, args...)...)
	}
}

// blow is the storm from the first certificate to the report.
func (s *storm) blow(ctx context.Context) (Report, error) {
	if err := s.calm(ctx); err != nil {
		return Report{}, fmt.Errorf("before the storm: %w", err)
	}
	s.stack.Door.SetHooks(s.storage.hooks())
	s.stack.SetAzureFaults(s.azure.hook)
	s.stack.CA.SetHook(s.ca.hook)

	began := time.Now()
	blow := s.options.Blow
	for _, o := range s.plan.Outages {
		blow += o.For
	}
	bound, cancel := context.WithTimeout(ctx, blow+s.options.Grace)
	defer cancel()
	s.blows.Store(true)
	over := time.AfterFunc(blow, func() { s.blows.Store(false); s.say("the faults stop; what runs has %s", s.options.Grace) })
	defer over.Stop()
	var busy sync.WaitGroup
	ending, stop := context.WithCancel(bound)
	busy.Go(func() { s.restart(ending) })
	busy.Go(func() { s.haveOutages(ending) })
	busy.Go(func() { s.progress(ending) })
	busy.Go(func() { s.targets.fetch(ending, s.stack, s.plan.Lives) })
	s.say("asking for %d lives", len(s.plan.Lives))
	s.load.run(bound)
	s.blows.Store(false)
	s.quiet(bound)
	stop()
	busy.Wait()
	s.foreign.work.Wait()
	seconds := time.Since(began).Round(100 * time.Millisecond).Seconds()
	if ctx.Err() != nil {
		return Report{}, ctx.Err()
	}
	s.tally()

	// What the emulator has in memory goes to disk, where the audit looks for secrets.
	if err := s.stack.RestartStorage(ctx); err != nil {
		return Report{}, err
	}
	a, err := newAudit(ctx, s)
	if err != nil {
		return Report{}, fmt.Errorf("audit: %w", err)
	}
	report, err := a.report(ctx, s.say)
	report.Seconds, report.Seed, report.Hosts = seconds, s.plan.Seed, cmp.Or(string(s.options.Hosts), "1")
	return report, err
}

// quiet waits until no instance is at work, also of those that timers started.
func (s *storm) quiet(ctx context.Context) {
	for ctx.Err() == nil {
		all, err := s.load.api.Instances(ctx)
		busy := err != nil
		for _, i := range all {
			busy = busy || !i.Ended()
		}
		if !busy || pause.For(ctx, 2*time.Second) != nil {
			return
		}
	}
}

// restart does the planned restarts, one after the other. Each restart of a host is of
// the next one.
func (s *storm) restart(ctx context.Context) {
	host := 0
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-s.restarts:
			var err error
			if s.say("restarting %s", r.What); r.What == TheHost {
				for s.killer.holds() && pause.For(ctx, 20*time.Millisecond) == nil {
				}
				err = s.stack.RestartHost(context.WithoutCancel(ctx), host)
				host = (host + 1) % len(s.stack.Hosts())
			} else {
				err = s.stack.RestartStorage(context.WithoutCancel(ctx))
			}
			if err != nil {
				s.load.breach("restart: %v", err)
			}
			s.restarted.Add(1)
		}
	}
}

// stepStored is told by the storage door; what goes by the number of steps begins
// here. It must not wait.
func (s *storm) stepStored(steps int) {
	s.killer.steps(steps)
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.plan.Outages) > 0 && s.plan.Outages[0].AfterSteps <= steps {
		if s.blows.Load() {
			s.outages <- s.plan.Outages[0]
		}
		s.plan.Outages = s.plan.Outages[1:]
	}
	for len(s.plan.Restarts) > 0 && s.plan.Restarts[0].AfterSteps <= steps {
		if s.blows.Load() {
			s.restarts <- s.plan.Restarts[0]
		}
		s.plan.Restarts = s.plan.Restarts[1:]
	}
}

func (s *storm) deliver(_ string, _ funchost.QueueMessageInfo) funchost.Delivery {
	if !s.blows.Load() {
		return funchost.Delivery{}
	}
	return s.plan.Deliveries.At(s.deliveries.Add(1))
}

func (s *storm) sawAuthorization(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authorizations[value] = true
}

// gatewayWrite shows the other tool the gateway before a write of the handler.
func (s *storm) gatewayWrite() {
	raw, ok := s.stack.ARM.Document(localstack.GatewayID)
	if !ok {
		return
	}
	if before, err := decode(raw); err == nil {
		s.foreign.gatewayWrite(context.Background(), before)
	}
}

var errNoAccount = errors.New("the vault has no ACME account")

package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"certgate/localstack"
	"certgate/localstack/armsim"
)

// bench is what has been measured so far.
type bench struct {
	Settings
	timers map[string]float64 // runs an hour of each timer function

	few       map[int][]issued // by number of hostnames
	full      manySamples
	lego      []float64 // seconds of each run of the command line
	reads     readSamples
	starts    startSamples
	scale     []scaleSample
	mu        sync.Mutex // idle costs are measured two at a time
	idleCosts []idleCost
}

// Run measures. A part that fails is named in the report and does not keep the
// others from being measured; if ctx ends, the report has what there is.
func Run(ctx context.Context, s Settings) (*Report, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	timers, err := timersOf(s.Root)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	b, report := &bench{Settings: s, timers: timers, few: map[int][]issued{}}, newReport(s.Runs)
	for run := 1; run <= s.Runs && ctx.Err() == nil; run++ {
		if s.wants(Single, Transactions, Puts, StatusReads) || run == 1 && s.wants(Process) {
			b.onStack(ctx, report, "a few hostnames", func(stack *localstack.Stack, dir string) error { return b.fewSession(ctx, stack, run, dir) })
		}
		if s.wants(Many, Transactions, Puts, Process) {
			b.onStack(ctx, report, "a full gateway", func(stack *localstack.Stack, dir string) error { return b.fullSession(ctx, stack, run, dir) })
		}
	}
	if s.wants(Scale) && ctx.Err() == nil {
		if err := b.scales(ctx); err != nil {
			report.problem("many stored instances", err)
		}
	}
	b.report(report)
	report.Seconds = round(time.Since(began).Seconds())
	return report, nil
}

// fewSession is what needs only some of the gateway's room.
func (b *bench) fewSession(ctx context.Context, stack *localstack.Stack, run int, dir string) error {
	var errs []error
	if b.wants(Process) && run == 1 {
		errs = append(errs, b.starting(ctx, stack))
	}
	if b.wants(Single, Transactions, Puts) {
		errs = append(errs, b.single(ctx, stack, run))
	}
	if b.wants(Single) {
		errs = append(errs, b.legoSingles(ctx, stack, run, dir))
	}
	if b.wants(StatusReads) {
		errs = append(errs, b.readsOf(ctx, stack, run, dir))
	}
	return errors.Join(errs...)
}

// readsOf sees to it that there is something to read.
func (b *bench) readsOf(ctx context.Context, stack *localstack.Stack, run int, dir string) error {
	if !b.wants(Single, Transactions, Puts) {
		if _, err := issue(ctx, stack, names(run, "read", 5)); err != nil {
			return err
		}
	}
	return b.statusReads(ctx, stack, run, dir)
}

// fullSession fills a gateway. After the last run the stack is watched at rest.
func (b *bench) fullSession(ctx context.Context, stack *localstack.Stack, run int, dir string) error {
	if err := b.many(ctx, stack, run); err != nil {
		return err
	}
	if b.wants(Many) && !b.wants(Single) { // else lego was measured for figure 2
		if err := b.legoSingles(ctx, stack, run, dir); err != nil {
			return err
		}
	}
	if b.wants(Transactions) && run == b.Runs {
		return b.idle(ctx, stack)
	}
	return nil
}

// onStack runs a part on a fresh stack of its own.
func (b *bench) onStack(ctx context.Context, report *Report, what string, part func(stack *localstack.Stack, dir string) error) {
	stack, end, err := b.startStack(ctx)
	if err == nil {
		var dir string
		if dir, err = os.MkdirTemp("", "certgate-bench-"); err == nil {
			err = part(stack, dir)
			err = errors.Join(err, os.RemoveAll(dir))
		}
		end()
	}
	if err != nil {
		b.say("%s: %v", what, err)
		report.problem(what, err)
	}
}

// startStack starts a stack that issues EC keys, as the lego command line does by
// itself: making RSA keys would take longer than everything else, for all of them.
// A change of the gateway takes 0.9 seconds, and ARM asks to be polled every second.
func (b *bench) startStack(ctx context.Context) (stack *localstack.Stack, end func(), err error) {
	dir, err := os.MkdirTemp("", "certgate-bench-stack-")
	if err != nil {
		return nil, nil, err
	}
	stack, err = localstack.Start(ctx, localstack.Options{
		Root: b.Root, Dir: filepath.Join(dir, "stack"), Log: b.Progress,
		UpdateTakes: 900 * time.Millisecond, UpdatePoll: armsim.Every(time.Second), Env: []string{"CertificateKeyType=EC-P256"},
	})
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return stack, func() { stack.Close(); os.RemoveAll(dir) }, nil
}

func (b *bench) report(r *Report) {
	if b.wants(Many) {
		b.reportMany(r)
	}
	if b.wants(Single) {
		b.reportSingle(r)
	}
	if b.wants(Transactions) {
		b.reportTransactions(r)
		b.reportIdle(r)
	}
	if b.wants(Puts) {
		b.reportPuts(r)
	}
	if b.wants(StatusReads) {
		b.reportReads(r)
	}
	if b.wants(Process) {
		b.reportProcess(r)
	}
	b.reportScale(r)
}

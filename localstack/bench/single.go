package bench

import (
	"context"
	"fmt"
	"path/filepath"

	"certgate/localstack"
)

// singles is how often each run issues one hostname: how long that takes depends
// on when the idle host asks for messages next.
const singles = 3

// single measures one hostname, and a few more for what is counted per
// certificate, on one stack that has room for all of them.
func (b *bench) single(ctx context.Context, stack *localstack.Stack, run int) error {
	// The first one registers the account at the authority, as lego's does.
	if _, err := issue(ctx, stack, names(run, "first", 1)); err != nil {
		return fmt.Errorf("the first hostname: %w", err)
	}
	for i := range singles {
		b.say("run %d: one hostname by certgate (%d of %d)", run, i+1, singles)
		result, err := issueRested(ctx, stack, names(run, fmt.Sprintf("single%d-", i), 1))
		if err != nil {
			return fmt.Errorf("one hostname: %w", err)
		}
		b.few[1] = append(b.few[1], result)
	}
	for _, n := range b.fewSizes() {
		b.say("run %d: %d hostnames by certgate", run, n)
		result, err := issueRested(ctx, stack, names(run, fmt.Sprintf("few%d-", n), n))
		if err != nil {
			return fmt.Errorf("%d hostnames: %w", n, err)
		}
		b.few[n] = append(b.few[n], result)
	}
	return nil
}

// fewSizes are the numbers of hostnames beside one that figures 3 and 4 want.
func (b *bench) fewSizes() (sizes []int) {
	if b.wants(Transactions) {
		sizes = append(sizes, 2)
	}
	if b.wants(Puts) {
		sizes = append(sizes, 10)
	}
	if b.wants(Transactions) {
		sizes = append(sizes, 20)
	}
	return sizes
}

// legoSingles has the lego command line issue hostnames, for figures 1 and 2.
func (b *bench) legoSingles(ctx context.Context, stack *localstack.Stack, run int, dir string) error {
	b.say("run %d: %d hostnames by the lego command line, one after another", run, b.LegoRuns)
	files := &validationFiles{webroot: filepath.Join(dir, "webroot")}
	defer files.offer(stack)()
	seconds, err := legoRuns(ctx, stack, files, dir, names(run, "lego", b.LegoRuns))
	b.lego = append(b.lego, seconds...)
	return err
}

func (b *bench) reportSingle(r *Report) {
	var seconds []float64
	for _, i := range b.few[1] {
		seconds = append(seconds, i.seconds)
	}
	own := r.addMedian(Single, "single.certgate.seconds", "one hostname, certgate", seconds, "s")
	if len(seconds) == 0 {
		return
	}
	own.noting("includes the wait until the idle host asks for the message (up to maxPollingInterval of host.json), the key in Key Vault, a gateway update that takes 0.9 s, and the look at what is served")
	if len(b.lego) > 0 {
		r.addMedian(Single, "single.lego.seconds", "one hostname, lego run", b.lego, "s").
			noting("key and certificate in files; nothing is installed. lego looks at the validation at once and then after 5 s, give or take half")
		own.atMost(median(b.lego))
	}
}

package bench

import (
	"context"
	"fmt"
	"os"

	"certgate/localstack"
)

// manySamples are those of figure 1 and of the others that need a full gateway.
type manySamples struct {
	issued      []issued
	bare        []float64 // seconds for as many hostnames
	storageRate []float64 // calls a second that the emulator took
	rss         []float64 // MiB of the handler afterwards
}

// many measures what needs a full gateway, on one stack: certgate, then the bare
// loop and the load on the storage, whose parts of the machine certgate has to
// share.
func (b *bench) many(ctx context.Context, stack *localstack.Stack, run int) error {
	b.say("run %d: %d hostnames by certgate", run, b.Hostnames)
	result, err := issueRested(ctx, stack, names(run, "many", b.Hostnames))
	if err != nil {
		return fmt.Errorf("%d hostnames by certgate: %w", b.Hostnames, err)
	}
	b.full.issued = append(b.full.issued, result)
	if rss, err := residentMiB(stack.Host.HandlerPID()); err == nil {
		b.full.rss = append(b.full.rss, rss)
	}
	if !b.wants(Many) {
		return nil
	}
	files := &validationFiles{webroot: os.DevNull}
	defer files.offer(stack)()
	b.say("run %d: the same by a bare loop", run)
	took, err := bareLoop(ctx, stack, files, names(run, "bare", b.Hostnames))
	if err != nil {
		return fmt.Errorf("%d hostnames by a bare loop: %w", b.Hostnames, err)
	}
	b.full.bare = append(b.full.bare, took.Seconds())
	b.say("run %d: the same calls to the storage", run)
	rate, err := storageLoad(ctx, stack.Azurite.ConnectionString(), run, result.storage, result.batchBytes)
	if err != nil {
		return err
	}
	b.full.storageRate = append(b.full.storageRate, rate)
	return nil
}

// reportMany compares rates: certificates a second.
func (b *bench) reportMany(r *Report) {
	n := float64(b.Hostnames)
	var seconds, parents, perCertificate []float64
	for _, i := range b.full.issued {
		seconds = append(seconds, i.seconds)
		parents = append(parents, i.parentSeconds)
		perCertificate = append(perCertificate, i.perCertificate())
	}
	label := fmt.Sprintf("%d hostnames", b.Hostnames)
	own := r.addMedian(Many, "many.certgate.seconds", label+", certgate", seconds, "s")
	if len(seconds) == 0 {
		return
	}
	own.noting("from the request to the last certificate that is in Key Vault, on the gateway and seen to be served; a gateway takes %d hostnames beside port 80. Processor time: %s.",
		gatewayLimit, b.processorSplit())
	r.addMedian(Many, "many.parent.seconds", label+", certgate, until the request itself says so", parents, "s")
	rate := n / median(seconds)
	if len(b.lego) > 0 {
		all := mean(b.lego) * n
		r.add(Many, "many.lego.seconds", label+", lego command line one after another", all, "s").
			noting("%d runs measured, their mean times %d", len(b.lego), b.Hostnames)
		r.add(Many, "many.vs.lego", "times as fast as lego one after another", all/median(seconds), "x").atLeast(10)
	}
	if len(b.full.bare) == 0 || len(b.full.storageRate) == 0 {
		return
	}
	r.addMedian(Many, "many.bare.seconds", fmt.Sprintf("%s, bare loop with %d workers", label, bareWorkers), b.full.bare, "s")
	r.addMedian(Many, "many.storage.rate", "storage emulator, the same calls by themselves", b.full.storageRate, "calls/s").
		noting("%d workers without the Functions host and the counting door between; transactions of %s bytes on the average, as certgate's", loadWorkers, number(b.full.issued[0].batchBytes))
	bareRate, storageRate := n/median(b.full.bare), median(b.full.storageRate)/median(perCertificate)
	r.add(Many, "many.storage.seconds", label+", storage calls alone", n/storageRate, "s")
	r.add(Many, "many.vs.ceiling", "part of the tighter ceiling", rate/min(bareRate, storageRate), "").atLeast(0.7).
		noting("certificates a second: certgate %s, bare loop %s, storage alone %s", number(rate), number(bareRate), number(storageRate))
}

// processorSplit is where the processor time of the issuances went, the most first.
func (b *bench) processorSplit() string {
	by := map[string][]float64{}
	for _, i := range b.full.issued {
		for name, seconds := range i.cpu {
			by[name] = append(by[name], seconds)
		}
	}
	medians := map[string]float64{}
	for name, seconds := range by {
		medians[name] = median(seconds)
	}
	return split(medians)
}

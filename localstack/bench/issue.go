package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/pause"
	"certgate/localstack/storagedoor"
)

const (
	// restFor is how long the host is left alone before each measurement, so that
	// it is that of an app which has been up for a while: maxPollingInterval of
	// host.json and the growing pauses up to it.
	restFor = 6 * time.Second
	// pollFor is the pause of an idle poller. A request comes at any moment of it.
	pollFor = 2 * time.Second
	// issueWithin bounds one measurement.
	issueWithin = 5 * time.Minute
)

// issued is what it took certgate to issue certificates that were asked for in
// one request.
type issued struct {
	hostnames     int
	seconds       float64 // from the request to the last certificate that is served
	parentSeconds float64 // to the end of the request's own instance
	storage       storagedoor.Counts
	batchBytes    float64 // mean size of a transaction
	puts          int
	cpu           map[string]float64 // seconds of the processor, by program
}

// transactions are the calls to queues and tables.
func (i issued) transactions() int {
	return i.storage.Of(storagedoor.Queue) + i.storage.Of(storagedoor.Table)
}

func (i issued) perCertificate() float64 { return float64(i.transactions()) / float64(i.hostnames) }

// issueRested lets the host come to rest before.
func issueRested(ctx context.Context, stack *localstack.Stack, hostnames []string) (issued, error) {
	if err := pause.For(ctx, restFor+rand.N(pollFor)); err != nil {
		return issued{}, err
	}
	return issue(ctx, stack, hostnames)
}

// issue asks for all hostnames in one request and checks that each is served in
// the end. It is an error if one is not.
func issue(ctx context.Context, stack *localstack.Stack, hostnames []string) (issued, error) {
	result := issued{hostnames: len(hostnames)}
	ctx, cancel := context.WithTimeout(ctx, issueWithin)
	defer cancel()
	meter, puts, cpu := storagedoor.StartMeter(ctx, stack.Door), stack.ARM.Puts(), processorTimes()
	sizes := watchSizes(stack.Door)
	defer stack.Door.SetHooks(storagedoor.Hooks{})
	began := time.Now()
	api := stack.Client("bench", "operator")
	id, _, err := api.Request(ctx, hostnames...)
	if err != nil {
		return result, err
	}
	parent, looks, err := followClosely(ctx, api, id)
	if err != nil {
		return result, err
	}
	result.cpu, result.puts = processorTimes().since(cpu), stack.ARM.Puts()-puts
	each := []apiclient.Instance{parent}
	if len(hostnames) > 1 {
		if each, err = api.Children(ctx, id, hostnames); err != nil {
			return result, err
		}
	}
	for i, s := range each {
		if !s.Issued() {
			return result, fmt.Errorf("%s is %s: %s", hostnames[i], s.RuntimeStatus, s.CustomStatus.Message)
		}
	}
	end := apiclient.LastUpdate(each)
	result.seconds, result.parentSeconds = end.Sub(began).Seconds(), parent.LastUpdatedTime.Sub(began).Seconds()
	result.storage, result.batchBytes = meter.Until(end), sizes.mean()
	for _, at := range looks {
		if at.Before(end) {
			result.storage["table get"]-- // a read of our own
		}
	}
	return result, allServed(ctx, stack, hostnames, each)
}

// lookEvery is far more often than the replies ask for, so that no time is lost;
// and so rare that each look is one read of a row, which is not certgate's doing.
const lookEvery = 1500 * time.Millisecond

// followClosely looks at a status until the instance has ended. It returns when it
// has looked.
func followClosely(ctx context.Context, api *apiclient.Client, id string) (last apiclient.Instance, looks []time.Time, err error) {
	for {
		if err := pause.For(ctx, lookEvery); err != nil {
			return last, looks, fmt.Errorf("gave up waiting: it is in %s: %s", last.CustomStatus.Status, last.CustomStatus.Message)
		}
		looks = append(looks, time.Now())
		if last, err = api.Instance(ctx, id, ""); err != nil || last.Again == 0 {
			return last, looks, err
		}
	}
}

// allServed checks what clients see. It is not part of what is timed: certgate
// itself has looked before it said that a certificate is complete.
func allServed(ctx context.Context, stack *localstack.Stack, hostnames []string, each []apiclient.Instance) error {
	errs := make([]error, len(hostnames))
	room := make(chan struct{}, 8)
	var all sync.WaitGroup
	for i, hostname := range hostnames {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			if err := stack.CheckServed(ctx, hostname, each[i].Certificate().SecretID); err != nil {
				errs[i] = fmt.Errorf("%s is not served: %w", hostname, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// names are hostnames that no other run has: by run and by what they are for.
func names(run int, purpose string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%d.run%d.example.test", purpose, i, run)
	}
	return all
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"sync"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/pause"
	"certgate/localstack/storagedoor"
)

// demoWithin bounds the demo on one gateway, however many hostnames it has.
const demoWithin = 10 * time.Minute

// restFor is how long the host is left alone first, so that the storage calls are
// those of an app that has been up for a while: maxPollingInterval of host.json
// and the growing pauses up to it.
const restFor = 8 * time.Second

// report is the last line of the demo.
type report struct {
	Hostnames                         int     `json:"hostnames"`
	Completed                         int     `json:"completed"`
	Failed                            int     `json:"failed"`
	Served                            int     `json:"served"`
	Seconds                           float64 `json:"seconds"`
	StorageTransactions               int     `json:"storageTransactions"`
	StorageTransactionsPerCertificate float64 `json:"storageTransactionsPerCertificate"`
	GatewayPuts                       int     `json:"gatewayPuts"`
	// PutsOf are those of each gateway, if there are several.
	PutsOf map[string]int `json:"putsOf,omitempty"`
}

// demo issues a certificate for each hostname on a fresh stack and looks at the
// gateway from outside. Storage is counted at the emulator's door from the first
// request to the last status: each queue and table call of host and handler.
func demo(ctx context.Context, root string, args []string) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	hosts := hostsFlag(flags)
	gateways := flags.Int("gateways", 1, "how many Application Gateways share the hostnames, in turn")
	if err := flags.Parse(args); err != nil {
		return err
	}
	hostnames := flags.Args()
	if len(hostnames) == 0 {
		return errors.New(`name at least one hostname: make demo HOSTNAMES="shop.example.test"`)
	}
	if *gateways < 1 || *gateways > 1 && len(hostnames) <= singly {
		return fmt.Errorf("want at least one gateway, and for several of them more than %d hostnames", singly)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(max(1, *gateways/3))*demoWithin)
	defer cancel()
	stack, end, err := freshStack(ctx, root, *hosts, *gateways)
	if err != nil {
		return err
	}
	defer end()

	fmt.Printf("The stack is up. Giving the host %s to come to rest: just after its start it looks for messages often.\n\n", restFor)
	if err := pause.For(ctx, restFor); err != nil {
		return err
	}
	for i, hostname := range hostnames {
		if n := i % *gateways; n > 0 { // the first one's address is that of every other name
			if err := stack.Pebble.DNS().AddA(ctx, hostname, localstack.GatewayAddress(n)); err != nil {
				return err
			}
		}
	}
	meter := storagedoor.StartMeter(ctx, stack.Door)
	began := time.Now()
	results := issueAll(ctx, stack, hostnames, *gateways)
	r := report{Hostnames: len(hostnames), Seconds: time.Since(began).Round(time.Millisecond).Seconds(), GatewayPuts: stack.ARM.Puts()}
	used := meter.Until(apiclient.LastUpdate(results))
	r.StorageTransactions = used.Of(storagedoor.Queue) + used.Of(storagedoor.Table)
	for i, result := range results {
		r.count(ctx, stack, i%*gateways, hostnames[i], result)
	}
	if r.Completed > 0 {
		r.StorageTransactionsPerCertificate = float64(r.StorageTransactions*10/r.Completed) / 10
	}
	if *gateways > 1 {
		r.PutsOf = map[string]int{}
		for n := range *gateways {
			r.PutsOf[localstack.GatewayName(n)] = stack.PutsOf(n)
		}
	}
	printCounts(used)
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	if r.Served != r.Hostnames || r.Failed > 0 {
		return errors.New("not every certificate is served")
	}
	return nil
}

func issueAll(ctx context.Context, stack *localstack.Stack, hostnames []string, gateways int) []apiclient.Instance {
	if len(hostnames) > singly {
		return issueTogether(ctx, stack, hostnames, gateways)
	}
	api := demoClient(stack)
	results := make([]apiclient.Instance, len(hostnames))
	var all sync.WaitGroup
	for i, hostname := range hostnames {
		all.Go(func() {
			say := func(s apiclient.Instance) {
				fmt.Printf("%-30s %-40s %s\n", hostname, s.CustomStatus.Status, s.CustomStatus.Message)
			}
			id, first, err := api.Request(ctx, hostname)
			if err == nil {
				results[i], err = api.Follow(ctx, id, first, say)
			}
			if err != nil {
				fmt.Printf("%-30s %v\n", hostname, err)
			}
		})
	}
	all.Wait()
	return results
}

func (r *report) count(ctx context.Context, stack *localstack.Stack, gateway int, hostname string, s apiclient.Instance) {
	if !s.Issued() {
		r.Failed++
		return
	}
	r.Completed++
	if err := stack.CheckServedOn(ctx, gateway, hostname, s.Certificate().SecretID); err != nil {
		fmt.Printf("%-30s is not served: %v\n", hostname, err)
		return
	}
	r.Served++
}

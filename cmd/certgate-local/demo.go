package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"certgate/internal/localstack"
	"certgate/internal/localstack/storagedoor"
)

// demoWithin bounds the demo, however many hostnames it has.
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
}

// demo issues a certificate for each hostname on a fresh stack and looks at the
// gateway from outside. Storage is counted at the emulator's door from the first
// request to the last status: each queue and table call of host and handler.
func demo(ctx context.Context, root string, hostnames []string) error {
	if len(hostnames) == 0 {
		return errors.New(`name at least one hostname: make demo HOSTNAMES="shop.example.test"`)
	}
	ctx, cancel := context.WithTimeout(ctx, demoWithin)
	defer cancel()
	stack, end, err := freshStack(ctx, root)
	if err != nil {
		return err
	}
	defer end()

	fmt.Printf("The stack is up. Giving the host %s to come to rest: just after its start it looks for messages often.\n\n", restFor)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(restFor):
	}
	meter := startMeter(ctx, stack.Door)
	began := time.Now()
	results := issueAll(ctx, stack, hostnames)
	r := report{Hostnames: len(hostnames), Seconds: time.Since(began).Round(time.Millisecond).Seconds(), GatewayPuts: stack.ARM.Puts()}
	used := meter.until(lastCompleted(results))
	r.StorageTransactions = used.Of(storagedoor.Queue) + used.Of(storagedoor.Table)
	for i, result := range results {
		r.count(ctx, stack, hostnames[i], result)
	}
	if r.Completed > 0 {
		r.StorageTransactionsPerCertificate = float64(r.StorageTransactions*10/r.Completed) / 10
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

func issueAll(ctx context.Context, stack *localstack.Stack, hostnames []string) []status {
	if len(hostnames) > singly {
		return issueTogether(ctx, stack, hostnames)
	}
	results := make([]status, len(hostnames))
	var all sync.WaitGroup
	for i, hostname := range hostnames {
		all.Go(func() {
			say := func(s status) {
				fmt.Printf("%-30s %-40s %s\n", hostname, s.CustomStatus.Status, s.CustomStatus.Message)
			}
			address, first, err := request(ctx, stack.API(), hostname)
			if err == nil {
				results[i], err = follow(ctx, address, first, say)
			}
			if err != nil {
				fmt.Printf("%-30s %v\n", hostname, err)
			}
		})
	}
	all.Wait()
	return results
}

func (r *report) count(ctx context.Context, stack *localstack.Stack, hostname string, s status) {
	if s.RuntimeStatus != "Completed" || s.Output == nil {
		r.Failed++
		return
	}
	r.Completed++
	if err := served(ctx, stack, hostname, s.Output.SecretID); err != nil {
		fmt.Printf("%-30s is not served: %v\n", hostname, err)
		return
	}
	r.Served++
}

// served compares the leaf that the gateway shows for the hostname with the one
// in the vault.
func served(ctx context.Context, stack *localstack.Stack, hostname, secretID string) error {
	roots, err := stack.Pebble.Roots(ctx)
	if err != nil {
		return fmt.Errorf("read the CA's roots: %w", err)
	}
	return servedWith(ctx, stack, hostname, secretID, roots)
}

// servedWith does the same for a certificate of other roots than the CA's.
func servedWith(ctx context.Context, stack *localstack.Stack, hostname, secretID string, roots *x509.CertPool) error {
	leaf, err := newestLeaf(ctx, stack, secretID)
	if err != nil {
		return err
	}
	dialer := tls.Dialer{Config: &tls.Config{ServerName: hostname, RootCAs: roots}}
	conn, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(stack.Ports.GatewayHTTPS))
	if err != nil {
		return err
	}
	defer conn.Close()
	shown := conn.(*tls.Conn).ConnectionState().PeerCertificates[0]
	if !bytes.Equal(shown.Raw, leaf.Raw) {
		return fmt.Errorf("the gateway shows serial %x, the vault has %x", shown.SerialNumber, leaf.SerialNumber)
	}
	return nil
}

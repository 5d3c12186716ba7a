package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/armsim"
)

// run starts the stack on its usual ports with what it kept from the last time,
// says where everything is, and waits for Ctrl-C.
func run(ctx context.Context, root string) error {
	began := time.Now()
	wanted := localstack.UsualPorts()
	dir := filepath.Join(root, ".local")
	stack, err := localstack.Start(ctx, localstack.Options{
		Root: root, Dir: dir, Keep: true, Site: true, Ports: wanted, Log: os.Stderr,
		UpdateTakes: 9 * time.Second, UpdatePoll: armsim.RecordedPace(), SecretPoll: time.Minute,
	})
	if err != nil {
		return err
	}
	describe(stack, wanted, dir, time.Since(began))
	select {
	case <-ctx.Done():
		fmt.Println("\nEnding the stack.")
		return stack.Close()
	case err := <-stack.Done():
		stack.Close()
		return fmt.Errorf("%w; its log is %s", err, filepath.Join(dir, "stack.log"))
	}
}

func describe(s *localstack.Stack, wanted localstack.Ports, dir string, took time.Duration) {
	p := s.Ports
	fmt.Printf("\ncertgate is up (%.1f s).\n\n", took.Seconds())
	moved := p.Moved(wanted)
	for _, from := range slices.Sorted(maps.Keys(moved)) {
		fmt.Printf("  Port %d is in use by something else; %d is used in its place.\n", from, moved[from])
	}
	fmt.Printf(`  web site          %s   (sign in with any name; give yourself the role reader, operator or admin)
  API               %s/api
  gateway, HTTP     http://127.0.0.1:%d
  gateway, HTTPS    https://127.0.0.1:%d    (a certificate for each hostname, by SNI)
  CA directory      https://127.0.0.1:%d/dir
  DNS               127.0.0.1:%d              (every name leads to the gateway)
  DNS management    http://127.0.0.1:%d    (POST add-a, clear-a, ...: other answers)
  host key          %s   (header x-functions-key: POST /admin/functions/Rescue runs a timer)
  storage           127.0.0.1:%d, %d, %d (blob, queue, table)
  logs and data     %s

Try it:

  curl -i %s/api/AddCertificateFunctions_HttpStart \
    -H '%s: %s' \
    -d '{"hostnames":[{"hostname":"shop.example.test"}]}'

  curl -k --resolve shop.example.test:%d:127.0.0.1 https://shop.example.test:%d/

Ctrl-C ends all of it.
`, s.Site.URL(), s.API(), p.GatewayHTTP, p.GatewayHTTPS, p.ACME, p.DNS, p.DNSManage, s.Host.MasterKey(), p.Blob, p.Queue, p.Table, dir, s.API(), apiclient.PrincipalHeader, apiclient.Principal("curl", "operator"), p.GatewayHTTPS, p.GatewayHTTPS)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"certgate/localstack"
	"certgate/localstack/armsim"
)

// endWithin is how long the command has to end by itself after an interrupt.
const endWithin = 10 * time.Second

// with runs a command beside a fresh stack with the web site, on free ports and in
// a folder of its own, so that it neither meets nor changes the stack of `run`.
// The command finds the stack by BASE_URL, the site; by DNS_MANAGEMENT, where the DNS
// server can be told other answers; and by OUTAGES, where services are stopped. After -app it is, for Azure's services, the
// app itself: it has the app's settings, identity and way to them, and API_URL.
func with(ctx context.Context, root string, command []string) error {
	asApp := len(command) > 0 && command[0] == "-app"
	if asApp {
		command = command[1:]
	}
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return errors.New("name a command: certgate-local with -- npm run test:stack")
	}
	dir, err := os.MkdirTemp("", "certgate-with-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stack, err := localstack.Start(ctx, localstack.Options{
		Root: root, Dir: dir, Site: true, Log: os.Stderr,
		UpdateTakes: 900 * time.Millisecond, UpdatePoll: armsim.Every(time.Second), SecretPoll: 2 * time.Second,
	})
	if err != nil {
		return err
	}
	defer stack.Close()
	outages, endOutages, err := serveOutages(stack)
	if err != nil {
		return err
	}
	defer endOutages()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-stack.Done():
			cancel(fmt.Errorf("the stack ended: %w", err))
		case <-ctx.Done():
		}
	}()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "BASE_URL="+stack.Site.URL(), "DNS_MANAGEMENT=http://127.0.0.1:"+strconv.Itoa(stack.Ports.DNSManage), "OUTAGES="+outages)
	if asApp {
		cmd.Env = append(cmd.Env, stack.AppEnvironment()...)
		// What Go does by itself Node.js has to be told: its own roots, and that
		// loopback is not asked through the proxy.
		cmd.Env = append(cmd.Env, "API_URL="+stack.API(), "NODE_EXTRA_CA_CERTS="+stack.TrustedRoots(), "NO_PROXY=127.0.0.1,localhost")
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endWithin
	err = cmd.Run()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

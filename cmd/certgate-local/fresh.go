package main

import (
	"context"
	"flag"
	"os"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/armsim"
)

// freshStack starts the empty stack of a demo; end ends it and removes its folder.
func freshStack(ctx context.Context, root string, hosts localstack.Hosts, gateways int) (stack *localstack.Stack, end func(), err error) {
	dir, err := os.MkdirTemp("", "certgate-demo-")
	if err != nil {
		return nil, nil, err
	}
	stack, err = localstack.Start(ctx, localstack.Options{
		Root: root, Dir: dir, Hosts: hosts, Gateways: gateways, Log: os.Stderr, UpdateTakes: 900 * time.Millisecond, UpdatePoll: armsim.Every(time.Second),
	})
	if err != nil {
		os.RemoveAll(dir)
		return nil, nil, err
	}
	return stack, func() { stack.Close(); os.RemoveAll(dir) }, nil
}

// hostsFlag is the flag that says how many Functions hosts there are.
func hostsFlag(flags *flag.FlagSet) *localstack.Hosts {
	var hosts localstack.Hosts
	flags.Func("hosts", "how many Functions hosts, or flex for hosts as Flex Consumption has them (default 1)", func(text string) (err error) {
		hosts, err = localstack.ParseHosts(text)
		return err
	})
	return &hosts
}

// demoClient calls the API as the person who tries it does, who looks again when a look
// has failed.
func demoClient(stack *localstack.Stack) *apiclient.Client {
	client := stack.Client("demo", "operator")
	client.Repeat = time.Second
	return client
}

package main

import (
	"context"
	"fmt"

	"certgate/localstack"
	"certgate/localstack/apiclient"
)

// singly is up to how many hostnames the demo asks for one by one, so that each
// step can be watched. More go into one request, whose status counts.
const singly = 2

// issueTogether asks for all hostnames in one request, on the gateways in turn. It returns the statuses of
// its children in the order of hostnames.
func issueTogether(ctx context.Context, stack *localstack.Stack, hostnames []string, gateways int) []apiclient.Instance {
	results := make([]apiclient.Instance, len(hostnames))
	say := func(s apiclient.Instance) {
		fmt.Printf("%-30s %-40s %s\n", fmt.Sprintf("%d hostnames", len(hostnames)), s.CustomStatus.Status, s.CustomStatus.Message)
	}
	api := demoClient(stack)
	ask := apiclient.Asking(hostnames...)
	if gateways > 1 {
		on := map[string]string{}
		for i, hostname := range hostnames {
			on[hostname] = localstack.GatewayName(i % gateways)
		}
		ask = apiclient.AskingOn(hostnames, func(hostname string) string { return on[hostname] })
	}
	id, first, err := api.Start(ctx, ask)
	if err == nil {
		_, err = api.Follow(ctx, id, first, say)
	}
	if err == nil {
		results, err = api.Children(ctx, id, hostnames)
	}
	if err != nil {
		fmt.Println(err)
		return results
	}
	for i, hostname := range hostnames {
		if results[i].RuntimeStatus != "Completed" {
			fmt.Printf("%-30s %-40s %s\n", hostname, results[i].CustomStatus.Status, results[i].CustomStatus.Message)
		}
	}
	return results
}

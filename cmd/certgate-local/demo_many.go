package main

import (
	"context"
	"fmt"
	"strings"

	"certgate/internal/localstack"
)

// singly is up to how many hostnames the demo asks for one by one, so that each
// step can be watched. More go into one request, whose status counts.
const singly = 2

// issueTogether asks for all hostnames in one request. It returns the statuses of
// its children in the order of hostnames.
func issueTogether(ctx context.Context, stack *localstack.Stack, hostnames []string) []status {
	results := make([]status, len(hostnames))
	say := func(s status) {
		fmt.Printf("%-30s %-40s %s\n", fmt.Sprintf("%d hostnames", len(hostnames)), s.CustomStatus.Status, s.CustomStatus.Message)
	}
	address, first, err := request(ctx, stack.API(), hostnames...)
	if err == nil {
		_, err = follow(ctx, address, first, say)
	}
	var parent status
	if err == nil {
		parent, _, err = look(ctx, address+"?showOutput=true")
	}
	if err != nil {
		fmt.Println(err)
		return results
	}
	ids := map[string]string{}
	for _, c := range parent.Children {
		ids[c.Hostname] = c.InstanceID
	}
	base := address[:strings.LastIndexByte(address, '/')+1]
	for i, hostname := range hostnames {
		results[i], _, err = look(ctx, base+ids[hostname])
		switch {
		case err != nil:
			fmt.Printf("%-30s %v\n", hostname, err)
		case results[i].RuntimeStatus != "Completed":
			fmt.Printf("%-30s %-40s %s\n", hostname, results[i].CustomStatus.Status, results[i].CustomStatus.Message)
		}
	}
	return results
}

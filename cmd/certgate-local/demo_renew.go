package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/pause"
)

// renewalReport is the last line of the renewal demo.
type renewalReport struct {
	Hostname     string  `json:"hostname"`
	SerialBefore string  `json:"serialBefore"`
	SerialAfter  string  `json:"serialAfter"`
	Served       bool    `json:"served"` // the gateway serves the new one
	Seconds      float64 `json:"seconds"`
	Orders       int     `json:"orders"`
	GatewayPuts  int     `json:"gatewayPuts"`
}

// demoRenew issues a certificate on a fresh stack, has the authority suggest to
// renew it now, lets the timer look, and checks that the gateway serves another
// certificate afterwards. Nobody asks for the renewal.
func demoRenew(ctx context.Context, root string, hostnames []string) error {
	if len(hostnames) != 1 {
		return errors.New("name one hostname: certgate-local renew shop.example.test")
	}
	hostname := hostnames[0]
	ctx, cancel := context.WithTimeout(ctx, demoWithin)
	defer cancel()
	stack, end, err := freshStack(ctx, root, "", 1)
	if err != nil {
		return err
	}
	defer end()

	issued := issueAll(ctx, stack, hostnames, 1)[0]
	if !issued.Issued() {
		return fmt.Errorf("%s was not issued: %s", hostname, issued.CustomStatus.Message)
	}
	before, err := stack.NewestLeaf(ctx, issued.Certificate().SecretID)
	if err != nil {
		return err
	}
	api, began := demoClient(stack), time.Now()
	fmt.Printf("\nThe authority now suggests to renew serial %x at once (RFC 9773); the RenewDue timer looks.\n\n", before.SerialNumber)
	if err := stack.Pebble.SuggestRenewal(ctx, before.Raw, began.Add(-2*time.Hour), began.Add(-time.Hour)); err != nil {
		return err
	}
	if err := api.Fire(ctx, "RenewDue"); err != nil {
		return err
	}
	id, err := renewalOf(ctx, api)
	if err != nil {
		return err
	}
	renewed, err := api.Follow(ctx, id, time.Second, func(s apiclient.Instance) {
		fmt.Printf("%-30s %-40s %s\n", hostname, s.CustomStatus.Status, s.CustomStatus.Message)
	})
	if err != nil {
		return err
	}
	return reportRenewal(ctx, stack, hostname, before, renewed, began)
}

func reportRenewal(ctx context.Context, stack *localstack.Stack, hostname string, before *x509.Certificate, renewed apiclient.Instance, began time.Time) error {
	if !renewed.Issued() {
		return fmt.Errorf("%s was not renewed: %s", hostname, renewed.CustomStatus.Message)
	}
	after, err := stack.NewestLeaf(ctx, renewed.Certificate().SecretID)
	if err != nil {
		return err
	}
	r := renewalReport{
		Hostname: hostname, SerialBefore: fmt.Sprintf("%x", before.SerialNumber), SerialAfter: fmt.Sprintf("%x", after.SerialNumber),
		Seconds: time.Since(began).Round(time.Millisecond).Seconds(), GatewayPuts: stack.ARM.Puts(),
	}
	if r.Orders, err = stack.Pebble.Orders(); err != nil {
		return err
	}
	notServed := stack.CheckServed(ctx, hostname, renewed.Certificate().SecretID)
	r.Served = notServed == nil && r.SerialAfter != r.SerialBefore
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n", line)
	if !r.Served {
		return errors.Join(errors.New("the new certificate is not served"), notServed)
	}
	return nil
}

// renewalOf waits until there is a renewal and returns its id.
func renewalOf(ctx context.Context, api *apiclient.Client) (string, error) {
	for {
		all, err := api.Instances(ctx)
		if err != nil {
			return "", err
		}
		for _, i := range all {
			if i.Name == "RenewCertificateFunctions" {
				return i.ID, nil
			}
		}
		if pause.For(ctx, 200*time.Millisecond) != nil {
			return "", errors.New("no renewal was started")
		}
	}
}

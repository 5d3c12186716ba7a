package storm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/armsim"
)

// start starts the stack and puts the storm around it. Nothing blows yet.
func (s *storm) start(ctx context.Context, webhook string) (err error) {
	s.stack, err = localstack.Start(ctx, localstack.Options{
		Root: s.options.Root, Handler: s.options.Handler, Dir: s.options.Dir, Hosts: s.options.Hosts, StorageOnDisk: true,
		UpdateTakes: 900 * time.Millisecond, UpdatePoll: armsim.Every(time.Second), NonceReject: 50,
		Zones:            map[string]string{zone: zoneRecords(s.plan.Lives)},
		MaxHandlerErrors: 1 << 30, QueueLease: queueLease, Deliver: s.deliver,
		Env: append(slices.Concat(hostSettings, s.targets.settings()), "LogLevel=debug", "NotificationWebhooks=json="+webhook, "NotificationSecret="+s.told.signing),
	})
	if err != nil {
		return err
	}
	s.targets.furnish(s.stack)
	replies, err := os.Create(filepath.Join(s.options.Dir, "replies.log"))
	if err != nil {
		s.stack.Close()
		return err
	}
	s.load = newLoad(s.plan, newClient(s.stack, s.told.bearer, replies), s.stack, s.options.Dir, s.say)
	s.killer = newKiller(s.plan.Kills, func(host int) error { return s.stack.Hosts()[host].KillHandler() })
	s.foreign = &foreignWriter{
		send: handlerTransport{s.stack.ARM}.RoundTrip, url: "https://management.azure.com" + localstack.GatewayID + "?api-version=2025-03-01",
		token: func() string { return s.stack.Token(armAudience) }, plan: s.plan.Intrusions, waits: s.options.IfMatchIgnored,
		added: additions{tags: object{}, children: map[string][]object{}},
	}
	s.storage = &storageFaults{stream: s.plan.Storage, blows: &s.blows, killer: s.killer, stored: s.stepStored, poisoned: s.poison.message}
	s.azure = &azureFaults{vault: s.plan.Vault, arm: s.plan.ARM, blows: &s.blows, away: s.away, killer: s.killer, seen: s.sawAuthorization, writes: s.gatewayWrite, ifMatchIgnored: s.options.IfMatchIgnored}
	s.ca = &caFaults{stream: s.plan.CA, limits: s.plan.RateLimits, blows: &s.blows, away: s.away, killer: s.killer}
	return nil
}

// calm puts what others have on the gateway there, plants members that certgate does not know into the gateway, at every depth,
// and has one certificate issued while nothing goes wrong.
func (s *storm) calm(ctx context.Context) error {
	doc, etag, err := s.foreign.read(ctx)
	if err != nil {
		return err
	}
	plantFormer(doc, s.plan.Lives)
	plant(doc)
	if _, err := s.foreign.put(ctx, doc, etag); err != nil {
		return err
	}
	last, err := s.load.ask(ctx, calmHost, apiclient.Asking(calmHost), nil)
	if err != nil {
		return err
	}
	if !last.Completed() {
		return fmt.Errorf("%s ended %s: %s", calmHost, last.RuntimeStatus, last.CustomStatus.Message)
	}
	s.foreign.added.baseline, _, err = s.foreign.read(ctx)
	return err
}

package storm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"certgate/internal/delivery"
	"certgate/internal/notify"
	"certgate/localstack/apiclient"
)

// delivered is what a delivery is of.
type delivered struct{ Target, Certificate, Version string }

// deliveriesOf are the instances of deliveries, by what they are of.
func (a *audit) deliveriesOf() (map[delivered][]apiclient.Instance, error) {
	all := map[delivered][]apiclient.Instance{}
	for _, i := range a.instances {
		if i.Name != delivery.FlowName {
			continue
		}
		var of delivered
		if err := json.Unmarshal(i.Input, &of); err != nil {
			return nil, fmt.Errorf("%s: %w", a.describe(i), err)
		}
		all[of] = append(all[of], i)
	}
	return all, nil
}

// duplicateDeliveries looks for versions that were brought to a target more than once.
func (a *audit) duplicateDeliveries(context.Context) (findings []string, err error) {
	all, err := a.deliveriesOf()
	for of, instances := range all {
		for range len(instances) - 1 {
			findings = append(findings, fmt.Sprintf("%d deliveries of %s, version %s, to %s", len(instances), of.Certificate, of.Version, of.Target))
		}
	}
	return findings, err
}

// undelivered looks at each target of each certificate in force. What does not serve the
// newest version must have failed, and people must know.
func (a *audit) undelivered(ctx context.Context) (findings []string, err error) {
	all, err := a.deliveriesOf()
	if err != nil {
		return nil, err
	}
	notifications, err := os.ReadFile(filepath.Join(a.load.dir, notificationsLog))
	if err != nil {
		return nil, err
	}
	for _, life := range a.load.plan.Lives {
		last, ok := a.inForce(life.Hostnames[0])
		if life.Targets == "" || !ok {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(a.targets)) {
			if !slices.Contains(a.targets[name].of, life.Targets) {
				continue
			}
			serves, err := a.servesNewest(ctx, a.targets[name].Address(), life.Hostnames[0], last.Certificate())
			if err != nil {
				return nil, err
			}
			of := delivered{name, last.Certificate().Name, last.Certificate().Version}
			if problem := a.unsaid(all[of], notifications); !serves && problem != "" {
				findings = append(findings, fmt.Sprintf("%s does not serve version %s of %s, and %s", name, of.Version, of.Certificate, problem))
			}
		}
	}
	return findings, nil
}

// inForce is the last instance that installed a hostname's certificate; not ok if there is
// none, or if the certificate was retired after it, or may have been.
func (a *audit) inForce(host string) (last apiclient.Instance, ok bool) {
	for _, i := range a.instances {
		switch {
		case !slices.Contains(i.Hostnames(), host):
		case i.Name == retireFlow:
			ok = false
		case installs(i.Name) && i.Completed():
			last, ok = i, true
		}
	}
	return last, ok
}

// servesNewest compares what a target shows with a version, and with the newest in the
// vault: a later instance may have got as far as that.
func (a *audit) servesNewest(ctx context.Context, address, host string, c apiclient.Certificate) (bool, error) {
	shown, err := servedAt(ctx, address, host)
	if err != nil {
		return false, nil //nolint:nilerr // it serves nothing
	}
	for _, version := range []string{c.Version, ""} {
		leaf, err := leafOf(ctx, a.stack, c.Name, version)
		if err != nil || bytes.Equal(leaf, shown) {
			return err == nil, err
		}
	}
	return false, nil
}

// unsaid is why nobody knows that a delivery failed; "" if people do. A notification whose
// message the storm poisoned was on its way.
func (a *audit) unsaid(deliveries []apiclient.Instance, notifications []byte) string {
	if len(deliveries) == 0 {
		return "there is no delivery"
	}
	i := deliveries[len(deliveries)-1]
	if !i.Failed() {
		return "its delivery is " + i.RuntimeStatus
	}
	poisoned := slices.ContainsFunc(a.instances, func(n apiclient.Instance) bool {
		return n.Name == notify.FlowName && n.Failed() && strings.Contains(string(n.Input), i.ID)
	})
	if !poisoned && !bytes.Contains(notifications, []byte(i.ID)) {
		return "people were not told of " + i.ID
	}
	return ""
}

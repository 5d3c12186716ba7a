package storm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"certgate/internal/hostname"
	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/pebble"
)

// audit looks at the world after the storm. Each check gives its findings as
// sentences; their number is the figure of the report.
type audit struct {
	stack     *localstack.Stack
	load      *load
	foreign   *foreignWriter
	targets   targets
	poison    *poison
	secrets   *secrets
	restarted bool                 // storage was, during the storm
	instances []apiclient.Instance // oldest first
	issued    []pebble.Issued
	document  object
}

// newAudit reads what the checks compare.
func newAudit(ctx context.Context, s *storm) (*audit, error) {
	a := &audit{stack: s.stack, load: s.load, foreign: s.foreign, targets: s.targets, poison: s.poison, restarted: s.restarted.Load() > 0}
	var err error
	if a.instances, err = s.load.api.Instances(ctx); err != nil {
		return nil, err
	}
	slices.Reverse(a.instances)
	if a.issued, err = a.stack.Pebble.Issued(ctx); err != nil {
		return nil, err
	}
	raw, ok := a.stack.ARM.Document(localstack.GatewayID)
	if !ok {
		return nil, errors.New("the gateway is gone")
	}
	if a.document, err = decode(raw); err != nil {
		return nil, err
	}
	if a.secrets, err = s.secrets(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// report runs all checks. say is told every finding.
func (a *audit) report(ctx context.Context, say func(string, ...any)) (r Report, err error) {
	r.Instances = len(a.instances)
	for _, i := range a.instances {
		switch {
		case i.Completed():
			r.Completed++
		case i.Ended() && a.explained(i):
			r.Failed++
		}
	}
	for _, check := range []struct {
		name   string
		figure *int
		run    func(context.Context) ([]string, error)
	}{
		{"stuck", &r.Stuck, a.stuck},
		{"lost", &r.Lost, a.lost},
		{"unexplained", &r.Unexplained, a.unexplained},
		{"duplicate order", &r.DuplicateOrders, a.duplicateOrders},
		{"duplicate on the gateway", &r.DuplicateListeners, a.duplicateListeners},
		{"not delivered", &r.Undelivered, a.undelivered},
		{"duplicate delivery", &r.DuplicateDeliveries, a.duplicateDeliveries},
		{"validation file left", &r.LeftValidationFiles, func(ctx context.Context) ([]string, error) { return validationFiles(ctx, a.stack) }},
		{"TXT record left", &r.LeftTXTRecords, func(context.Context) ([]string, error) { return a.stack.TXTNames(), nil }},
		{"pending operation left", &r.LeftPendingOperations, a.pendingOperations},
		{"changed though not certgate's", &r.ForeignMembersChanged, a.foreignMembers},
		{"secret found", &r.SecretsFound, a.secretsFound},
	} {
		findings, err := check.run(ctx)
		if err != nil {
			return r, fmt.Errorf("look for %s: %w", check.name, err)
		}
		for _, f := range findings {
			say("%s: %s", check.name, f)
		}
		*check.figure = len(findings)
	}
	return r, nil
}

func (a *audit) stuck(context.Context) (findings []string, err error) {
	for _, i := range a.instances {
		if !i.Ended() {
			findings = append(findings, fmt.Sprintf("%s is %s in %s: %s", a.describe(i), i.RuntimeStatus, i.CustomStatus.Status, i.CustomStatus.Message))
		}
	}
	return findings, nil
}

func (a *audit) describe(i apiclient.Instance) string {
	return fmt.Sprintf("%s %s for %s", i.Name, i.ID, strings.Join(i.Hostnames(), ", "))
}

// hosts are all hostnames of the storm.
func (a *audit) hosts() []string {
	all := []string{calmHost}
	for _, life := range a.load.plan.Lives {
		all = append(all, life.Hostnames...)
	}
	return all
}

// names are those that a hostname's certificate can have in the vault.
func names(host string) []string {
	return []string{hostname.CertificateName(host), hostname.Disambiguated(host)}
}

func (a *audit) pendingOperations(ctx context.Context) (findings []string, err error) {
	for _, host := range a.hosts() {
		for _, name := range names(host) {
			left, err := pending(ctx, a.stack, name)
			if err != nil {
				return nil, err
			}
			if left {
				findings = append(findings, name)
			}
		}
	}
	return findings, nil
}

func (a *audit) foreignMembers(context.Context) ([]string, error) {
	f := a.foreign
	f.mu.Lock()
	defer f.mu.Unlock()
	want := f.added.baseline
	f.added.addTo(want)
	hosts := a.hosts()
	return differences("", foreign(want, hosts), foreign(a.document, hosts)), nil
}

func (a *audit) secretsFound(context.Context) ([]string, error) {
	return a.secrets.below(a.load.dir)
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"certgate/internal/alert"
	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/renewal"
	"certgate/internal/issuance/survey"
	"certgate/internal/issuance/takeover"
	"certgate/internal/issuance/watch"
	"certgate/internal/notify"
	"certgate/internal/settings"
)

// flows are what the engine can run, and what else decides when they run.
type flows struct {
	notifier   *notify.Notifier
	renewals   *renewal.Renewals
	watchdog   watch.Ports
	surveyor   survey.Ports
	deliveries *delivery.Deliveries
	takeover   takeover.Ports
}

// addFlows makes every flow known to the engine.
func addFlows(runner *durable.Runner, a adapters, s settings.Settings, log *slog.Logger) (f flows, err error) {
	if f.notifier, err = addNotifications(runner, s.Notifications, log); err != nil {
		return f, err
	}
	f.surveyor = survey.Ports{
		Records: a.store, Rows: a.store, Gateway: onGateway{a.gateways[0].Client}, Others: surveyed(a.gateways), Vaults: a.vaults, Probe: a.probe, OwnVault: s.KeyVaultURL, HTTPSPort: s.Gateway.HTTPSPort,
		Alerts: alsoToLog(log, f.notifier.Alert), Log: log,
	}
	runner.Add(survey.Listeners(f.surveyor))
	gateways := written(runner, a, f.surveyor)
	patience := s.IssuerPatience
	if patience == 0 {
		patience = -1 // none: 0 is the default one
	}
	f.deliveries = delivery.New(delivery.Config{
		Targets: s.Targets, Starter: runner, Instances: a.store, Records: a.store, Chains: a.probe, Resolver: a.resolver, Resources: a.arm,
		Vault: delivery.Vault{URL: s.KeyVaultURL, ID: s.KeyVaultID, TenantID: s.TenantID, RootFirst: s.ChainOrder == "root-first", FilesURL: filesURL(s)}, Log: log,
	})
	ports := issuance.Ports{
		Authorities: a.issuers, Patience: patience, Vault: a.vault, Files: a.files,
		Resolver: a.resolver, Probe: a.probe, Gateways: gateways, Records: a.store, Targets: f.deliveries, Fronts: f.deliveries, DefaultValidation: s.DNS.DefaultValidation,
	}
	if a.dns != nil {
		ports.DNS = a.dns
	}
	runner.Add(issuance.AddCertificate(ports))
	runner.Add(issuance.ImportCertificate(ports))
	runner.Add(batch.AddMultiple(runner, a.store))
	f.takeover = takeover.Ports{
		Surveyor: f.surveyor, Vault: a.vault, Records: a.store, Probe: a.probe, Lane: gateways[0], Provable: provable(len(s.DNS.Accounts) > 0), HTTPSPort: s.Gateway.HTTPSPort,
	}
	runner.Add(batch.TakeOver(runner, a.store))
	runner.Add(takeover.Listener(f.takeover))
	runner.Add(takeover.GiveBack(f.takeover))
	runner.Add(takeover.Unpin(f.takeover))
	runner.Add(issuance.RetireCertificate(issuance.RetirePorts{Gateways: gateways, Authorities: a.issuers, Vault: a.vault, Records: a.store}))
	runner.Add(issuance.RevokeCertificate(issuance.RevokePorts{Authorities: a.issuers, Vault: a.vault, Records: a.store}))
	runner.Add(f.deliveries.Definition())
	runner.OnEnd(f.deliveries.Ended)
	f.watchdog = watch.Ports{
		Records: a.store, Vault: a.vault, Gateways: gateways, Probe: a.probe, Targets: f.deliveries, Fronts: f.deliveries, Alerts: alsoToLog(log, f.notifier.Alert), Log: log,
	}
	runner.Add(watch.Certificates(f.watchdog))
	f.renewals = renewal.New(renewal.Config{
		Records: a.store, Info: a.issuers, Issuers: a.issuers, Vault: a.vault, Gateway: a.view, Starter: runner, Log: log,
	})
	runner.Add(issuance.RenewCertificate(ports))
	runner.Add(renewal.RenewCertificates(f.renewals))
	return f, nil
}

// provable says which hostnames proof can be given for: of a wildcard by DNS alone.
func provable(byDNS bool) func(hostnames []string) (code, why string) {
	return func(hostnames []string) (code, why string) {
		i := slices.IndexFunc(hostnames, func(name string) bool { return strings.Contains(name, "*") })
		if i < 0 || byDNS {
			return "", ""
		}
		return issuance.CodeTakeOverWildcard, hostnames[i] + " needs a proof by DNS, and the app's settings have no DNS account (Dns__<name>__Provider)."
	}
}

// addNotifications makes notifying known to the engine: as a flow, and as the one
// who hears of every instance that ends.
func addNotifications(runner *durable.Runner, s settings.Notifications, log *slog.Logger) (*notify.Notifier, error) {
	config := notify.Config{Starter: runner, Events: s.Events, Secret: s.Secret.Reveal(), Log: log}
	for _, w := range s.Webhooks {
		target, err := notify.NewTarget(notify.Kind(w.Kind), w.URL.Reveal())
		if err != nil {
			return nil, fmt.Errorf("notifications: %w", err)
		}
		config.Targets = append(config.Targets, target)
	}
	notifier := notify.New(config)
	runner.Add(notifier.Definition())
	runner.OnEnd(notifier.Ended)
	return notifier, nil
}

// alsoToLog makes an alert a line in the log too.
func alsoToLog(log *slog.Logger, next alert.Sink) alert.Sink {
	return func(ctx context.Context, a alert.Alert) error {
		log.WarnContext(ctx, "alert", "kind", string(a.Kind), "hostname", a.Hostname, "certificate", a.Certificate, "message", a.Message)
		return next(ctx, a)
	}
}

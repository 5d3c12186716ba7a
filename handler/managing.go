package main

import (
	"log/slog"

	"certgate/api"
	"certgate/internal/acmeca"
	"certgate/internal/appgateway"
	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/internal/gatewaylane"
	"certgate/internal/gatewayprobe"
	"certgate/internal/gatewayview"
	"certgate/internal/issuance"
	"certgate/internal/keyvault"
)

// managing is what managing certificates needs, beside issuing them.
type managing struct {
	runner  *durable.Runner
	store   *azurestore.Store
	ca      *acmeca.CA
	vault   *keyvault.Vault
	gateway *appgateway.Client
	probe   *gatewayprobe.Prober
	lane    *gatewaylane.Lane
	view    *gatewayview.View
	tenant  string
	alerts  issuance.Alerts
	log     *slog.Logger
}

// addFlows makes retiring, revoking and the watchdog known to the engine.
func (m managing) addFlows() {
	m.runner.Add(issuance.RetireCertificate(issuance.RetirePorts{Listeners: m.lane, Revoker: m.ca, Vault: m.vault, Records: m.store}))
	m.runner.Add(issuance.RevokeCertificate(issuance.RevokePorts{Revoker: m.ca, Vault: m.vault, Records: m.store}))
	m.runner.Add(issuance.Watch(issuance.WatchPorts{
		Records: m.store, Vault: m.vault, Gateway: m.gateway, Probe: m.probe, Alerts: m.alerts, Log: m.log,
	}))
}

// certificates is the resource view of the API.
func (m managing) certificates() api.Certificates {
	return api.Certificates{Records: m.store, Vault: m.vault, Gateway: m.view, Portal: api.Portal{GatewayID: m.gateway.ID(), TenantID: m.tenant}}
}

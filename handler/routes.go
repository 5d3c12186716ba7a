package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"certgate/api"
	"certgate/internal/durable"
	"certgate/internal/invoke"
	"certgate/internal/live"
	"certgate/internal/metrics"
	"certgate/internal/preflight"
	"certgate/internal/principal"
	"certgate/internal/settings"
	"certgate/internal/statuscache"
)

// newAPI is what people and programs call.
func newAPI(runner *durable.Runner, statuses *statuscache.Cache, a adapters, f flows, figures *metrics.Metrics, s settings.Settings, log *slog.Logger) http.Handler {
	var dns preflight.ChallengeDNS // nil without accounts
	var zones api.Zones
	if a.dns != nil {
		dns, zones = a.dns, a.dns
	}
	look := preflight.New(preflight.Config{
		DNS: dns, DefaultValidation: s.DNS.DefaultValidation,
		Gateway: a.gateways[0], Others: checked(a.gateways), Vault: a.vault, Files: a.files, Issuers: preflightIssuers(a.issuers), Resolver: a.resolver, Servers: a.resolver, Outside: a.probe, Instances: a.store, Records: a.store, Listeners: a.store, Targets: f.deliveries, Fronts: f.deliveries,
		Storage:  []func(context.Context) error{a.store.Check, a.queue.Check},
		Settings: a.gateways[0].doc, HTTPPort: s.Gateway.HTTPPort, VaultURL: s.KeyVaultURL, Log: log,
	})
	return api.New(api.Config{
		Engine: runner, Instances: statuses, Checks: healthChecks(a), SignIn: signIn(s.SignIn), SiteRoles: siteRoles(s.SignIn), Addresses: api.Addresses{Public: s.PublicURL, OriginalURL: s.SignIn.ClientPrincipal}, Notifications: f.notifier,
		Certificates: api.Certificates{
			Records: a.store, Vault: a.vault, Gateway: a.view, Look: f.watchdog.Look, Targets: f.deliveries,
			Portal: api.Portal{GatewayID: a.gateways[0].ID(), TenantID: s.TenantID},
		},
		Listeners: api.Listeners{Rows: a.store, HTTPSPort: s.Gateway.HTTPSPort, Planner: f.takeover, Look: f.surveyor.LookAt},
		Importer:  a.vault, Preflight: look, Issuers: a.issuers, Gateways: a.view, Zones: zones, Validation: api.Validation{Accounts: dnsAccounts(s.DNS)}, Metrics: figures, Version: version(), Watchers: watchers(s, statuses), Listening: listening(a), Log: log,
	})
}

// healthChecks are what GET /api/health asks; without storage nothing works.
func healthChecks(a adapters) []api.Check {
	checks := []api.Check{
		{Name: "tableStorage", Vital: true, Run: a.store.Check},
		{Name: "queueStorage", Vital: true, Run: a.queue.Check},
		{Name: "keyVault", Run: a.vault.Check},
		{Name: "blobContainer", Run: a.files.Check},
	}
	for _, g := range a.gateways {
		checks = append(checks, api.Check{Name: preflight.OfGateway("applicationGateway", g.key()), Run: func(ctx context.Context) error { _, err := g.PublicAddresses(ctx); return err }})
	}
	for _, m := range a.issuers.Members() {
		if !m.Preferred {
			continue // nothing is ordered there
		}
		checks = append(checks, api.Check{Name: preflight.Issuer{Name: m.Name}.Own("certificateAuthority"), Run: m.CA.Answers})
	}
	return checks
}

// listening is nil without Web PubSub.
func listening(a adapters) api.Listening {
	if a.pubsub == nil {
		return nil
	}
	return a.pubsub
}

// watchers are nil where nobody may follow an instance.
func watchers(s settings.Settings, statuses *statuscache.Cache) *live.Watchers {
	if s.EventStreams == 0 {
		return nil
	}
	return live.NewWatchers(statuses, s.EventStreams)
}

// signIn says whom the API believes.
func signIn(s settings.SignIn) *principal.SignIn {
	name, value, _ := strings.Cut(s.RequiredClaim, "=")
	return principal.New(principal.Config{
		ClientPrincipal: s.ClientPrincipal,
		Tokens: principal.Tokens{
			Issuer: s.Issuer, Audience: s.Audience, RolesClaim: s.RolesClaim,
			RequiredClaim: principal.Claim{Name: name, Value: value}, RequiredClaimRole: principal.Role(s.RequiredClaimRole),
		},
	})
}

// siteRoles are how POST /api/GetRoles decides.
func siteRoles(s settings.SignIn) (out []api.SiteRole) {
	for _, r := range s.SiteRoles {
		out = append(out, api.SiteRole{Value: r.Value, Role: principal.Role(r.Role)})
	}
	return out
}

// routes puts the two callers apart: people and programs below /api, the
// Functions host at /<FunctionName>. GET / is the host's readiness probe.
func routes(people http.Handler, host triggers) http.Handler {
	r := chi.NewRouter()
	// Not mounted: the API's own routes begin with /api, as callers write them, in any
	// letter case. It answers for addresses that are nobody's, too.
	others := func(w http.ResponseWriter, req *http.Request) {
		people.ServeHTTP(w, req.WithContext(withInvocation(req.Context(), invoke.ID(req))))
	}
	host.elsewhere = http.HandlerFunc(others)
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "certgate") })
	r.Group(host.routes)
	r.HandleFunc("/api/*", others)
	r.NotFound(others)
	r.MethodNotAllowed(others)
	return r
}

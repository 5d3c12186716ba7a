// Package preflight looks at everything that an issuance needs, before somebody
// waits for one: what the app's identity may do, how the gateway is set up, what
// the certificate authority says and, for one hostname, what the world sees.
//
// Nothing is changed. Where a right to write can only be seen by writing, a check
// asks for a write that cannot happen and reads the refusal.
//
// A check is one file: a name, a remedy, and a function that only reads.
package preflight

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/appgateway"
	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/hostdns"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

const (
	// DefaultTimeout bounds one check. They run side by side, so the whole takes
	// little longer than the slowest.
	DefaultTimeout = 10 * time.Second
	// factsTimeout bounds what several checks share: one read for all of them.
	factsTimeout = 9 * time.Second
)

// Gateway is the Application Gateway in Resource Manager; *appgateway.Client is one.
type Gateway interface {
	ID() string
	Read(ctx context.Context) (*gatewaydoc.Document, error)
	Endpoints(ctx context.Context, doc *gatewaydoc.Document) ([]appgateway.Endpoint, error)
	Permissions(ctx context.Context, scope string) (appgateway.Permissions, error)
}

// Vault is the Key Vault.
type Vault interface {
	CheckCertificateRights(ctx context.Context) error
	CheckSecretRights(ctx context.Context) error
	SecretTrouble(ctx context.Context, name, version string) (string, error)
	Certificate(ctx context.Context, name string) (issuance.VaultCertificate, error)
}

// Files is the container of validation files.
type Files interface {
	CheckRights(ctx context.Context) error
}

// Authority is a certificate authority.
type Authority interface {
	Describe(ctx context.Context) (acmeca.Description, error)
}

// Issuer is an authority of the settings. Each has checks of its own, whose names end
// with the issuer's but for the default one.
type Issuer struct {
	Name      string // "" is the default one
	Preferred bool   // orders go to it without being told to
	Authority Authority
}

// Own makes a check's name that of this issuer's.
func (i Issuer) Own(name string) string {
	if i.settings() == "Acme" {
		return name
	}
	return name + ":" + i.Name
}

// named adds the issuer to a title.
func (i Issuer) named(title string) string {
	if i.settings() == "Acme" {
		return title
	}
	return title + " (" + i.Name + ")"
}

// settings is what the names of its settings begin with.
func (i Issuer) settings() string {
	if i.Name == "" || i.Name == issuance.DefaultIssuer {
		return "Acme"
	}
	return "Issuer__" + i.Name + "__"
}

// Outside looks at the gateway from outside; *gatewayprobe.Prober does.
type Outside interface {
	MissingFile(ctx context.Context, hostname string, addr netip.Addr) (Missing, error)
}

// Instances lists what is in flight.
type Instances interface {
	List(ctx context.Context, filter durable.Filter) (page []*durable.Instance, next string, err error)
}

// Records are the certificates that certgate manages.
type Records interface {
	ListRecords(ctx context.Context, f managed.Filter) (page []*managed.Record, next string, err error)
}

// Targets are what serves certificates beside the gateway; *delivery.Deliveries knows
// them.
type Targets interface {
	// Reach lists the targets, and says in sentences what keeps clients from those whose
	// endpoints the settings name.
	Reach(ctx context.Context) (names, problems []string)
	// BeforeGateway are those that stand before the gateway, by name.
	BeforeGateway() []string
	// Rights are what the app's identity needs at them.
	Rights() []delivery.Right
}

// Servers are the DNS servers that are asked; *hostdns.Resolver knows them.
type Servers interface {
	Reach(ctx context.Context) (hostdns.Source, []hostdns.Reach, error)
	View(ctx context.Context, hostname string) (says string, misleads bool)
}

// Config is what a Preflight is made of.
type Config struct {
	Gateway   Gateway  // the default one
	Others    []Member // the further ones
	Vault     Vault
	Files     Files
	Issuers   []Issuer // at least one
	Resolver  issuance.Resolver
	Servers   Servers
	Outside   Outside
	Instances Instances
	Records   Records
	Listeners inventory.Rows
	Targets   Targets         // nil for none
	Fronts    issuance.Fronts // nil for none
	// DNS is nil without DNS accounts; DefaultValidation is as issuance.Ports has it.
	DNS               ChallengeDNS
	DefaultValidation string
	// Storage reports whether the engine's tables and queues answer.
	Storage []func(context.Context) error

	Settings gatewaydoc.Settings
	HTTPPort int    // where the gateway's port 80 is reached
	VaultURL string // as in secret ids
	// Timeout bounds one check; 0 means DefaultTimeout.
	Timeout time.Duration
	Log     *slog.Logger
}

// Preflight runs the checks. It holds no state between runs.
type Preflight struct{ config Config }

// New makes a Preflight. It does no I/O.
func New(c Config) *Preflight {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Preflight{config: c}
}

// Report is the whole answer. Its members are published.
type Report struct {
	Checks []Finding `json:"checks"`
	DNS    *DNS      `json:"dns,omitempty"`   // only for a hostname
	Proof  *Proof    `json:"proof,omitempty"` // only for a hostname, or a wildcard
}

// Finding is the result of one check.
type Finding struct {
	Check string `json:"check"` // a published name
	Title string `json:"title"` // the same for people
	Group Group  `json:"group"`
	State State  `json:"state"`
	// OK is nil if the check could not tell, for the reason in Finding.
	OK      *bool  `json:"ok"`
	Finding string `json:"finding"`
	Fix     string `json:"fix,omitempty"`
	// WaitsFor is the check that has to be fine before this one can be made.
	WaitsFor string `json:"waitsFor,omitempty"`
	// Record is the DNS record that mends it, where one does.
	Record *Record `json:"record,omitempty"`
}

// check is one of them.
type check struct {
	name, title string
	group       Group
	fix         string // what to do, unless run knows better
	run         func(ctx context.Context, f *facts) verdict
}

// ordered are the issuers that orders may go to, in the order of preference.
func (c Config) ordered() (all []Issuer) {
	for _, i := range c.Issuers {
		if i.Preferred || len(c.Issuers) == 1 {
			all = append(all, i)
		}
	}
	return all
}

// Run runs every check of the set-up, and those of the hostname (an A-label, or a
// wildcard) unless it is "".
func (p *Preflight) Run(ctx context.Context, wanted issuance.Wanted) Report {
	f, hostname := p.facts(ctx, wanted), wanted.Hostname
	checks := p.setUpChecks()
	if hostname != "" {
		// For a hostname port80 asks what challengeFetch asks without one.
		checks = slices.DeleteFunc(checks, func(c check) bool { return c.name == challengeFetch().name })
	}
	var runs []func() Finding
	for _, c := range checks {
		runs = append(runs, func() Finding { return p.one(ctx, c, f) })
	}
	runs = append(runs, p.ofOthers(ctx, f)...)
	if hostname != "" {
		for _, c := range p.hostnameChecks(hostname) {
			runs = append(runs, func() Finding { return p.one(ctx, c, f.home()) })
		}
	}
	report := Report{Checks: make([]Finding, len(runs))}
	var all sync.WaitGroup
	for i, run := range runs {
		all.Go(func() { report.Checks[i] = run() })
	}
	if hostname != "" {
		all.Go(func() { report.Proof = p.proofOf(f) })
	}
	if hostname != "" && !wildcard(hostname) {
		all.Go(func() { report.DNS = p.dns(ctx, f) })
	}
	all.Wait()
	return report
}

func (p *Preflight) setUpChecks() []check {
	checks := []check{
		engineStorage(), dnsServers(), gatewayRead(), gatewayChange(), gatewayRunning(), gatewayIdentity(), gatewayAddress(), gatewayBackend(),
		gatewayRoom(), gatewayCertificates(), listenersFare(), templates(), gatewayHTTPSPort(), challengePath(), challengeFetch(), blobRights(), vaultCertificates(), vaultSecrets(), neighbours(), targetsAnswer(p.config.Targets), targetRights(p.config.Targets, p.config.Gateway),
	}
	for _, i := range p.config.Issuers {
		checks = append(checks, authority(i), account(i), profile(i))
	}
	if p.config.DNS != nil {
		for _, name := range p.config.DNS.Accounts() {
			checks = append(checks, dnsAccount(p.config.DNS, name))
		}
	}
	return append(checks, lifetime())
}

// hostnameChecks are those of a hostname. A wildcard is proved by dns-01 alone, and leads
// nowhere by itself.
func (p *Preflight) hostnameChecks(hostname string) []check {
	if wildcard(hostname) {
		return []check{dnsProof(), caaAllows(), inVault(), inFlight(), publicName()}
	}
	checks := []check{resolves(), dnsView(), caaAllows(), port80(), ownListener(), inVault(), inFlight(), publicName()}
	if p.config.DNS != nil {
		checks = append(checks, dnsProof())
	}
	return checks
}

// Names lists every check, those of a hostname last.
func (p *Preflight) Names() (names []string) {
	for _, c := range append(p.setUpChecks(), p.hostnameChecks("")...) {
		names = append(names, c.name)
	}
	return names
}

func (p *Preflight) one(ctx context.Context, c check, f *facts) Finding {
	ctx, cancel := context.WithTimeout(ctx, p.config.Timeout)
	defer cancel()
	v := c.run(ctx, f)
	if v.err != nil {
		p.config.Log.InfoContext(ctx, "preflight", "check", c.name, "error", v.err)
	}
	out := Finding{Check: c.name, Title: c.title, Group: c.group, State: v.standing(), OK: v.ok, Finding: v.finding, Fix: v.fix, WaitsFor: v.waits, Record: v.record}
	switch {
	case out.State == Fine:
		out.Fix = ""
	case out.Fix == "":
		out.Fix = c.fix
	}
	return out
}

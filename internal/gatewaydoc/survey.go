package gatewaydoc

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/hostname"
)

// Survey is what a gateway document says about whether hostnames can be added.
// The errors are *durable.Failure, or *durable.RetryLater for a gateway that starts.
type Survey struct {
	// Writable is nil if the gateway is a running v2 gateway.
	Writable error
	// State is that of its last change: Succeeded, Updating, Failed.
	State string
	// Identities are the resource ids of its user-assigned identities.
	Identities []string
	// Backend is nil if the pool and the backend settings of new rules are there.
	Backend error
	// HTTPSPort is nil if the HTTPS port can have listeners with TLS.
	HTTPSPort error
	Room      []Room
	// Joins are the resource ids that a write of the gateway joins it to again:
	// subnets (its own and those of private links), public IP addresses, firewall
	// policies.
	Joins []string
	// Secrets are the ids of the Key Vault secrets that it uses, each once.
	Secrets []string
	// Files is the way of a validation file for the surveyed hostname.
	Files FilesWay
}

// FilesWay is what port 80 does with requests for validation files.
type FilesWay struct {
	// Listener takes them; "" if none does.
	Listener string
	// Led: its path map leads them somewhere of their own.
	Led bool
	// Made: the settings let certgate make the way, and it can. Problem is why it
	// cannot though they do.
	Made    bool
	Problem error
}

// Survey looks at the document; it changes nothing. host "" asks about any
// hostname that the gateway does not know.
func (d *Document) Survey(s Settings, host string, httpPort int) Survey {
	out := Survey{Writable: d.Writable(), State: d.Condition(), HTTPSPort: d.tlsPort(s.httpsPort()), Joins: d.PublicIPs(), Room: d.Limits()}
	gjson.Get(d.raw, "identity.userAssignedIdentities").ForEach(func(id, _ gjson.Result) bool {
		out.Identities = append(out.Identities, id.String())
		return true
	})
	for _, subnet := range gjson.Get(d.raw, "properties.gatewayIPConfigurations.#.properties.subnet.id").Array() {
		out.Joins = append(out.Joins, subnet.String())
	}
	for _, link := range gjson.Get(d.raw, "properties.privateLinkConfigurations.#.properties.ipConfigurations").Array() {
		for _, subnet := range link.Get("#.properties.subnet.id").Array() {
			out.Joins = append(out.Joins, subnet.String())
		}
	}
	out.Joins = append(out.Joins, d.FirewallPolicies()...)
	for _, c := range d.lists[certificates].entries {
		if id := c.secret(); id != "" && !slices.Contains(out.Secrets, id) {
			out.Secrets = append(out.Secrets, id)
		}
	}
	if _, out.Backend = d.named(pools, s.BackendPool, "backend pool"); out.Backend == nil {
		_, out.Backend = d.named(settings, s.HTTPSettings, "backend settings entry")
	}
	for i, frontend := range d.publicNames() {
		var way FilesWay
		if l, ok := d.listenerFor(host, httpPort, frontend); ok {
			way.Listener, way.Led = l.name, d.leadsToFiles(l)
		}
		if i == 0 || out.Files.Led { // the first address without a way is what to know of
			out.Files = way
		}
	}
	if s.HTTP != nil {
		if out.Files.Problem = out.Writable; out.Files.Problem == nil {
			_, out.Files.Problem = d.Clone().WantChallengePath(s)
		}
		// Another tool's listener for just this hostname would still win.
		own := out.Files.Listener == "" || numbered(of(shared, hostname.NthHTTPListenerName), out.Files.Listener) > 0
		out.Files.Made = own && out.Files.Problem == nil
	}
	return out
}

// tlsPort says why no HTTPS listener can be on a port. It need not be there yet.
func (d *Document) tlsPort(number int) error {
	found := false
	for _, p := range d.lists[ports].entries {
		found = found || p.get("properties.port").Int() == int64(number)
	}
	if !found {
		return d.room(ports, d.limits().ports, "frontend ports")
	}
	if err := d.layer4On(number); err != nil {
		return err
	}
	for _, l := range d.lists[listeners].entries {
		if d.onPort(l, number) && !l.isHTTPS() {
			return refuse("The listener %s uses port %d without TLS. Change its protocol or its port.", l.name, number)
		}
	}
	return nil
}

// listenerFor finds the listener that takes a request for a hostname on a port of a
// frontend: that of the first rule, by priority, that matches.
func (d *Document) listenerFor(host string, port int, frontend string) (*entry, bool) {
	for _, r := range d.byPriority() {
		l, ok := d.listenerOf(r)
		if ok && d.on(l, frontend, port) && covers(l.hosts, []string{strings.ToLower(host)}) {
			return l, true
		}
	}
	return nil, false
}

// byPriority are the rules in the order in which the gateway asks them.
func (d *Document) byPriority() []*entry {
	sorted := slices.Clone(d.lists[rules].entries)
	slices.SortStableFunc(sorted, func(a, b *entry) int { return a.priority - b.priority })
	return sorted
}

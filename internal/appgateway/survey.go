package appgateway

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/hostname"
)

// Survey is what a gateway document says about whether hostnames can be added.
// The errors are *durable.Failure, or *durable.Later for a gateway that starts.
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
	// subnets and public IP addresses.
	Joins []string
	// Secrets are the ids of the Key Vault secrets that it uses.
	Secrets []string
	// Files is the way of a validation file for the surveyed hostname.
	Files FilesWay
}

// Room is how full a limited collection is.
type Room struct {
	Kind        string
	Used, Limit int
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

// SurveyOf looks at a document. It only reads. host "" asks about any
// hostname that the gateway does not know.
func SurveyOf(doc []byte, s Settings, host string, httpPort int) (Survey, error) {
	d, err := parse(doc)
	if err != nil {
		return Survey{}, err
	}
	if s.HTTPSPort == 0 {
		s.HTTPSPort = 443
	}
	out := Survey{Writable: d.writable(), State: Condition(doc), HTTPSPort: d.tlsPort(s.HTTPSPort), Joins: publicIPs(doc)}
	gjson.GetBytes(doc, "identity.userAssignedIdentities").ForEach(func(id, _ gjson.Result) bool {
		out.Identities = append(out.Identities, id.String())
		return true
	})
	for _, subnet := range gjson.GetBytes(doc, "properties.gatewayIPConfigurations.#.properties.subnet.id").Array() {
		out.Joins = append(out.Joins, subnet.String())
	}
	for _, c := range d.lists[certificates].entries {
		if id := c.get("properties.keyVaultSecretId").String(); id != "" {
			out.Secrets = append(out.Secrets, id)
		}
	}
	if _, out.Backend = d.named(pools, s.BackendPool, "backend pool"); out.Backend == nil {
		_, out.Backend = d.named(settings, s.HTTPSettings, "backend settings entry")
	}
	limit := d.limits()
	out.Room = []Room{
		{"certificates", len(d.lists[certificates].entries), limit.certificates},
		{"listeners", len(d.lists[listeners].entries), limit.listeners},
		{"active listeners", d.activeListeners(), limit.active},
		{"rules", len(d.lists[rules].entries), limit.rules},
	}
	if l, ok := d.listenerFor(host, httpPort); ok {
		out.Files.Listener, out.Files.Led = l.name(), d.leadsToFiles(l)
	}
	if s.HTTP != nil {
		_, _, out.Files.Problem = ApplyChallengePath(doc, s)
		// A listener of somebody else's for just this hostname would still win.
		own := out.Files.Listener == "" || strings.EqualFold(out.Files.Listener, hostname.HTTPListenerName(shared))
		out.Files.Made = own && out.Files.Problem == nil
	}
	return out, nil
}

// tlsPort says why no HTTPS listener can be on a port. It need not be there yet.
func (d *document) tlsPort(number int) error {
	found := false
	for _, p := range d.lists[ports].entries {
		found = found || p.get("properties.port").Int() == int64(number)
	}
	if !found {
		return d.room(d.lists[ports], d.limits().ports, "frontend ports")
	}
	for _, l := range d.lists[listeners].entries {
		if d.onPort(l, number) && !strings.EqualFold(l.get("properties.protocol").String(), "Https") {
			return refuse("The listener %s uses port %d without TLS. Change its protocol or its port.", l.name(), number)
		}
	}
	return nil
}

// listenerFor finds the public listener that takes a request for a hostname on a
// port: that of the first rule, by priority, that matches.
func (d *document) listenerFor(host string, port int) (entry, bool) {
	byPriority := slices.Clone(d.lists[rules].entries)
	slices.SortStableFunc(byPriority, func(a, b entry) int {
		return int(a.get("properties.priority").Int()) - int(b.get("properties.priority").Int())
	})
	for _, r := range byPriority {
		l, ok := d.listenerOf(r)
		if ok && d.onPort(l, port) && d.public(l) && covers(hostsOf(l), []string{strings.ToLower(host)}) {
			return l, true
		}
	}
	return entry{}, false
}

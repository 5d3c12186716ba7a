package dnssim

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// World is a DNS. It is safe for concurrent use. Close it.
type World struct {
	now      func() time.Time
	upstream string
	port     uint16

	mu      sync.Mutex
	zones   map[string]*Zone // by canonical name
	servers map[string]*Server
	denied  map[string]time.Time // of the recursor: names that it knows not to exist, until when
	asked   []Query              // of the recursor
	closers []func()
}

// Query is one question that a server was asked.
type Query struct {
	Network, Name, Type string // "udp", "example.com.", "TXT"
}

// Options are the settings of a World.
type Options struct {
	// Now is the clock (default time.Now); lags and caches follow it.
	Now func() time.Time
	// Upstream is a resolver, host:port, that knows the names in no zone of this
	// world; "" means that there are none.
	Upstream string
}

// New makes a World without zones.
func New(o Options) *World {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &World{now: o.Now, upstream: o.Upstream, zones: map[string]*Zone{}, servers: map[string]*Server{}, denied: map[string]time.Time{}}
}

// Close stops the servers.
func (w *World) Close() {
	w.mu.Lock()
	closers := w.closers
	w.closers = nil
	w.mu.Unlock()
	for _, end := range closers {
		end()
	}
}

// Zone is a zone as its provider holds it. Its servers show it, with their lag.
type Zone struct {
	Name        string   // canonical, "example.com."
	NameServers []string // canonical

	world     *World
	records   []record
	delegated bool
	bogus     bool
}

// record is a resource record and when it was there. What lags sees what was.
type record struct {
	rr          dns.RR
	from, until time.Time // until is zero while it is there
}

// remembered is how long removed records are kept for servers that lag.
const remembered = time.Hour

// negativeTTL is how long resolvers keep that a name does not exist, in seconds
// (RFC 2308).
const negativeTTL = 1800

// AddZone makes a zone that is in public DNS. Its name servers are made with it.
func (w *World) AddZone(name string, nameServers ...string) *Zone {
	z := w.AddTwin(name, nameServers...)
	w.mu.Lock()
	z.delegated = true
	root := w.zones["."]
	w.mu.Unlock()
	if root != nil && root != z {
		for _, host := range z.NameServers {
			root.Add(z.Name + " 172800 IN NS " + host)
		}
	}
	return z
}

// AddRoot makes the root zone, which has the delegations of the zones that are added after
// it. Without it, names in no zone are in no zone at all, which real names never are.
func (w *World) AddRoot() { w.AddZone(".", "a.root-servers.test") }

// AddTwin makes a zone that a provider holds without its being in public DNS.
// There may be one beside a zone of the same name in public DNS: that one is then
// not Lookup's any more.
func (w *World) AddTwin(name string, nameServers ...string) *Zone {
	z := &Zone{Name: dns.CanonicalName(name), world: w}
	for _, host := range nameServers {
		host = dns.CanonicalName(host)
		z.NameServers = append(z.NameServers, host)
		server := w.Server(host)
		w.mu.Lock()
		server.zones[z.Name] = z
		w.mu.Unlock()
	}
	soa := fmt.Sprintf("%s 3600 IN SOA %s hostmaster.dns.test. 1 3600 300 2419200 %d", z.Name, z.NameServers[0], negativeTTL)
	z.Add(soa)
	for _, host := range z.NameServers {
		z.Add(z.Name + " 172800 IN NS " + host)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.zones[z.Name]; old == nil || !old.delegated {
		w.zones[z.Name] = z
	}
	return z
}

// DropZone removes a zone from its servers and from public DNS.
func (w *World) DropZone(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name = dns.CanonicalName(name)
	delete(w.zones, name)
	for _, s := range w.servers {
		delete(s.zones, name)
	}
}

// Lookup finds a zone by its name.
func (w *World) Lookup(name string) (*Zone, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	z, ok := w.zones[dns.CanonicalName(name)]
	return z, ok
}

// Zones are all zones, by name.
func (w *World) Zones() []*Zone {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Values(w.zones), func(a, b *Zone) int { return cmp.Compare(a.Name, b.Name) })
}

// Add adds records in zone file syntax; names without a dot at the end are the
// zone's. It panics on a mistake: zones are written in code.
func (z *Zone) Add(text string) {
	z.world.mu.Lock()
	defer z.world.mu.Unlock()
	p := dns.NewZoneParser(strings.NewReader(text+"\n"), z.Name, "")
	p.SetDefaultTTL(60)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		rr.Header().Name = dns.CanonicalName(rr.Header().Name)
		z.records = append(z.records, record{rr: rr, from: z.world.now()})
	}
	if err := p.Err(); err != nil {
		panic(err)
	}
}

// SetBogus makes validating resolvers refuse what is in the zone, as they do with
// wrong DNSSEC signatures.
func (z *Zone) SetBogus() {
	z.world.mu.Lock()
	defer z.world.mu.Unlock()
	z.bogus = true
}

// at are the records as they were lag ago. Call it with the lock held.
func (z *Zone) at(lag time.Duration) []dns.RR {
	then := z.world.now().Add(-lag)
	var out []dns.RR
	for _, r := range z.records {
		if !r.from.After(then) && (r.until.IsZero() || r.until.After(then)) {
			out = append(out, r.rr)
		}
	}
	return out
}

// addressOf gives each name server an address of its own.
func addressOf(n int) netip.Addr { return netip.AddrFrom4([4]byte{127, 53, byte(n >> 8), byte(n)}) }

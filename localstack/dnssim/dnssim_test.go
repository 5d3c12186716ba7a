package dnssim_test

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/durable/durabletest"
	"certgate/localstack/dnssim"
)

func world(t *testing.T) (*dnssim.World, *durabletest.Clock) {
	t.Helper()
	c := durabletest.NewClock()
	w := dnssim.New(dnssim.Options{Now: c.Now})
	t.Cleanup(w.Close)
	return w, c
}

func ask(t *testing.T, at netip.AddrPort, name, qtype string) *dns.Msg {
	t.Helper()
	reply, _, err := new(dns.Client).ExchangeContext(t.Context(), new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.StringToType[qtype]), at.String())
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// short is an answer without its TTLs.
func short(m *dns.Msg) string {
	out := []string{dns.RcodeToString[m.Rcode]}
	for _, rr := range m.Answer {
		out = append(out, strings.Join(append(strings.Fields(rr.String())[:1], strings.Fields(rr.String())[3:]...), " "))
	}
	return strings.Join(out, "; ")
}

func TestAnAuthoritativeServerAnswersAsRFC4592HasIt(t *testing.T) {
	t.Parallel()
	w, _ := world(t)
	w.AddZone("example.test", "ns1.test").Add("@ A 192.0.2.1\n*.wild A 192.0.2.2\na.b A 192.0.2.3\nalias CNAME a.b\nchild NS ns9.test.\n*.here.wild TXT x")
	server := w.Server("ns1.test")
	for question, want := range map[string]string{
		"example.test A":           "NOERROR; example.test. A 192.0.2.1",
		"EXAMPLE.test A":           "NOERROR; example.test. A 192.0.2.1",
		"example.test MX":          "NOERROR",
		"none.example.test A":      "NXDOMAIN",
		"b.example.test A":         "NOERROR", // only names below it
		"x.wild.example.test A":    "NOERROR; x.wild.example.test. A 192.0.2.2",
		"x.y.wild.example.test A":  "NOERROR; x.y.wild.example.test. A 192.0.2.2",
		"x.wild.example.test MX":   "NOERROR",
		"here.wild.example.test A": "NOERROR", // it exists: no wildcard
		"alias.example.test A":     "NOERROR; alias.example.test. CNAME a.b.example.test.; a.b.example.test. A 192.0.2.3",
		"x.child.example.test A":   "NOERROR",
		"other.test A":             "REFUSED",
	} {
		name, qtype, _ := strings.Cut(question, " ")
		reply := ask(t, server.Addr, name, qtype)
		if short(reply) != want {
			t.Errorf("%s: %s, want %s", question, short(reply), want)
		}
		if refers := len(reply.Ns) > 0 && reply.Ns[0].Header().Rrtype == dns.TypeNS; refers != strings.Contains(name, "child") || refers == reply.Authoritative && reply.Rcode != dns.RcodeRefused {
			t.Errorf("%s: authority %v, %v", question, reply.Authoritative, reply.Ns)
		}
	}
}

func TestAServerThatLagsShowsWhatWas(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	zone := w.AddZone("example.test", "ns1.test", "ns2.test")
	w.Server("ns2.test").Lag(time.Minute)
	c.Advance(time.Hour)
	zone.SetTXT("x.example.test", 60, "one")
	c.Advance(30 * time.Second)
	zone.SetTXT("x.example.test", 60, "two")
	first, second := w.Server("ns1.test").Addr, w.Server("ns2.test").Addr
	steps := []struct {
		after         time.Duration
		first, second string
	}{
		{0, `NOERROR; x.example.test. TXT "two"`, "NXDOMAIN"},
		{30 * time.Second, `NOERROR; x.example.test. TXT "two"`, `NOERROR; x.example.test. TXT "one"`},
		{30 * time.Second, `NOERROR; x.example.test. TXT "two"`, `NOERROR; x.example.test. TXT "two"`},
	}
	for i, s := range steps {
		c.Advance(s.after)
		if a, b := short(ask(t, first, "x.example.test", "TXT")), short(ask(t, second, "x.example.test", "TXT")); a != s.first || b != s.second {
			t.Errorf("step %d: %s and %s", i, a, b)
		}
	}
	if names := zone.TXTNames(); !slices.Equal(names, []string{"x.example.test."}) {
		t.Errorf("names are %v", names)
	}
}

func TestAResolverKeepsThatANameDoesNotExist(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	zone := w.AddZone("example.test", "ns1.test")
	resolver := w.StartRecursor()
	if got := short(ask(t, resolver, "x.example.test", "TXT")); got != "NXDOMAIN" {
		t.Fatal(got)
	}
	zone.SetTXT("x.example.test", 60, "one")
	if got := short(ask(t, resolver, "x.example.test", "TXT")); got != "NXDOMAIN" {
		t.Errorf("at once: %s", got)
	}
	c.Advance(31 * time.Minute)
	if got := short(ask(t, resolver, "x.example.test", "TXT")); got != `NOERROR; x.example.test. TXT "one"` {
		t.Errorf("after the zone's negative TTL: %s", got)
	}
	if len(w.Resolved()) != 3 {
		t.Errorf("was asked %v", w.Resolved())
	}
}

func TestAResolverAsksAnotherOneForNamesOfNoZone(t *testing.T) {
	t.Parallel()
	far, _ := world(t)
	far.AddZone("far.test", "ns1.test").Add("gateway A 192.0.2.9")
	near := dnssim.New(dnssim.Options{Upstream: far.StartRecursor().String()})
	t.Cleanup(near.Close)
	near.AddZone("example.test", "ns1.test").Add("www CNAME gateway.far.test.\nown A 192.0.2.1")
	resolver := near.StartRecursor()
	for name, want := range map[string]string{
		"own.example.test":  "NOERROR; own.example.test. A 192.0.2.1",
		"none.example.test": "NXDOMAIN",
		"gateway.far.test":  "NOERROR; gateway.far.test. A 192.0.2.9",
		"www.example.test":  "NOERROR; www.example.test. CNAME gateway.far.test.; gateway.far.test. A 192.0.2.9",
		"none.far.test":     "NXDOMAIN",
	} {
		if got := short(ask(t, resolver, name, "A")); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// The resolver behind may know addresses only, as Pebble's does. People's resolvers say of
// every name where its zone is.
func TestNamesFromUpstreamLieInTheRoot(t *testing.T) {
	t.Parallel()
	upstream, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: upstream, Handler: dns.HandlerFunc(func(out dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg).SetRcode(q, dns.RcodeNotImplemented)
		if q.Question[0].Qtype == dns.TypeA {
			reply.Rcode = dns.RcodeSuccess
			reply.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(192, 0, 2, 7)}}
		}
		_ = out.WriteMsg(reply)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { _ = server.Shutdown() })
	w := dnssim.New(dnssim.Options{Upstream: upstream.LocalAddr().String()})
	t.Cleanup(w.Close)
	w.AddRoot()
	w.AddZone("zoned.test", "ns1.test").Add("@ A 192.0.2.1")
	recursor := w.StartRecursor()
	for question, want := range map[string]string{
		"shop.example.test A":   "NOERROR; shop.example.test. A 192.0.2.7",
		"shop.example.test SOA": "NOERROR",
		"test NS":               "NOERROR",
		"zoned.test A":          "NOERROR; zoned.test. A 192.0.2.1",
	} {
		name, qtype, _ := strings.Cut(question, " ")
		reply := ask(t, recursor, name, qtype)
		if short(reply) != want {
			t.Errorf("%s: %s, want %s", question, short(reply), want)
		}
		if nothing := len(reply.Answer) == 0; nothing && (len(reply.Ns) != 1 || reply.Ns[0].Header().Name != ".") {
			t.Errorf("%s: authority %v, want the SOA of the root", question, reply.Ns)
		}
	}
	if reply := ask(t, recursor, ".", "SOA"); len(reply.Answer) != 1 {
		t.Errorf("the root: %s", short(reply))
	}
}

package hostdns_test

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/hostdns"
)

// zone is what a test's DNS server knows, in zone file syntax, one record a line.
type zone struct {
	records  string
	rcodes   map[string]int // by lower-case name with trailing dot, or "name TYPE"
	silent   bool           // never answers
	noEDNS   bool           // FORMERR for queries with EDNS
	truncate bool           // says TC over UDP
	noTCP    bool           // closes TCP connections
	oneLink  bool           // answers with the first CNAME only
	refers   bool           // answers with a referral
	forges   bool           // answers another question
}

// server is a real DNS server on loopback, UDP and TCP on one port.
type server struct {
	addr  string
	zone  zone
	rrs   []dns.RR
	mu    sync.Mutex
	seen  []string      // "udp example.com. A"
	asked chan struct{} // one element per query, as far as there is room
}

func serve(t *testing.T, z zone) *server {
	t.Helper()
	s := &server{zone: z, asked: make(chan struct{}, 1)}
	parser := dns.NewZoneParser(strings.NewReader(z.records), ".", "")
	parser.SetDefaultTTL(60)
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		s.rrs = append(s.rrs, rr)
	}
	if err := parser.Err(); err != nil {
		t.Fatal(err)
	}
	listener, packets := listenBoth(t)
	s.addr = listener.Addr().String()
	for _, d := range []*dns.Server{{Listener: listener, Net: "tcp"}, {PacketConn: packets, Net: "udp"}} {
		d.Handler = s
		started := make(chan struct{})
		d.NotifyStartedFunc = func() { close(started) }
		go d.ActivateAndServe()
		<-started
		t.Cleanup(func() { d.Shutdown() })
	}
	return s
}

// listenBoth finds a port that is free for TCP and UDP alike.
func listenBoth(t *testing.T) (net.Listener, net.PacketConn) {
	t.Helper()
	for range 20 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets, err := net.ListenPacket("udp", listener.Addr().String())
		if err == nil {
			return listener, packets
		}
		listener.Close()
	}
	t.Fatal("no port is free for TCP and UDP")
	return nil, nil
}

func (s *server) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	name, qtype := dns.CanonicalName(q.Question[0].Name), q.Question[0].Qtype
	network := w.LocalAddr().Network()
	s.mu.Lock()
	s.seen = append(s.seen, network+" "+name+" "+dns.TypeToString[qtype])
	s.mu.Unlock()
	select {
	case s.asked <- struct{}{}:
	default:
	}
	reply := new(dns.Msg).SetReply(q)
	switch rcode, failing := s.rcode(name, qtype); {
	case s.zone.silent:
		return
	case s.zone.noTCP && network == "tcp":
		w.Close()
		return
	case s.zone.noEDNS && q.IsEdns0() != nil:
		reply.Rcode = dns.RcodeFormatError
	case s.zone.truncate && network == "udp":
		reply.Truncated = true
	case s.zone.refers:
		ns, _ := dns.NewRR("com. 60 IN NS a.gtld-servers.net.")
		reply.Ns = []dns.RR{ns}
	case s.zone.forges:
		reply.Question[0].Name = "other.example."
	case failing:
		reply.Rcode = rcode
	default:
		reply.RecursionAvailable = true
		reply.Answer, reply.Rcode = s.answer(name, qtype)
		if len(reply.Answer) == 0 {
			reply.Ns = s.authority(name)
		}
	}
	w.WriteMsg(reply)
}

func (s *server) rcode(name string, qtype uint16) (int, bool) {
	if rcode, ok := s.zone.rcodes[name+" "+dns.TypeToString[qtype]]; ok {
		return rcode, true
	}
	rcode, ok := s.zone.rcodes[name]
	return rcode, ok
}

func (s *server) answer(name string, qtype uint16) (answer []dns.RR, rcode int) {
	rcode = dns.RcodeNameError
	for seen := map[string]bool{}; !seen[name]; {
		seen[name] = true
		next := ""
		for _, rr := range s.rrs {
			if owner := dns.CanonicalName(rr.Header().Name); owner != name {
				if strings.HasSuffix(owner, "."+name) {
					rcode = dns.RcodeSuccess // an empty non-terminal exists
				}
				continue
			}
			rcode = dns.RcodeSuccess
			if cname, ok := rr.(*dns.CNAME); ok {
				answer, next = append(answer, rr), dns.CanonicalName(cname.Target)
			} else if rr.Header().Rrtype == qtype {
				answer = append(answer, rr)
			}
		}
		if next == "" || s.zone.oneLink {
			return answer, rcode
		}
		name, rcode = next, dns.RcodeNameError
	}
	return answer, dns.RcodeSuccess
}

// authority is the start of authority of the zone that a name is in, if the test has one.
func (s *server) authority(name string) []dns.RR {
	for _, rr := range s.rrs {
		if soa, ok := rr.(*dns.SOA); ok && dns.IsSubDomain(soa.Hdr.Name, name) {
			return []dns.RR{soa}
		}
	}
	return nil
}

func (s *server) queries() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

// resolver asks the servers in order, giving each long enough for a busy
// machine but not long enough to be waited for.
func resolver(t *testing.T, servers ...*server) *hostdns.Resolver {
	t.Helper()
	config := hostdns.Config{Timeout: time.Second}
	for _, s := range servers {
		config.Servers = append(config.Servers, s.addr)
		if s.zone.silent {
			config.Timeout = 100 * time.Millisecond
		}
	}
	r, err := hostdns.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

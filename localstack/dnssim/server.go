package dnssim

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// Mood is how a name server treats questions.
type Mood int

const (
	Answers  Mood = iota
	Silent        // gives no answer
	Refuses       // answers REFUSED, as a server that does not know the zone
	Fails         // answers SERVFAIL
	Resolves      // answers without authority, as a resolver does
)

// Server is one authoritative name server.
type Server struct {
	Host string // canonical
	Addr netip.AddrPort

	world *World
	zones map[string]*Zone
	mood  Mood
	lag   time.Duration
	tcp   bool // says TC to every question over UDP
	asked []Query
}

// Server is the name server of that name; it is made when it is first named.
func (w *World) Server(host string) *Server {
	w.mu.Lock()
	defer w.mu.Unlock()
	host = dns.CanonicalName(host)
	if s, ok := w.servers[host]; ok {
		return s
	}
	s := &Server{Host: host, world: w, zones: map[string]*Zone{}}
	// The first one chooses the port, the others have addresses of their own.
	s.Addr = w.listen(addressOf(len(w.servers)+1), w.port, s)
	w.port = s.Addr.Port()
	w.servers[host] = s
	return s
}

// Port stands for 53: the one that all servers listen on.
func (w *World) Port() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int(w.port)
}

// listen starts answering on an address, over UDP and TCP; port 0 takes one that
// is free for both.
func (w *World) listen(addr netip.Addr, port uint16, handler dns.Handler, with ...func(*dns.Server)) netip.AddrPort {
	const tries = 50
	for range tries {
		tcp, err := net.Listen("tcp", netip.AddrPortFrom(addr, port).String())
		if err != nil {
			panic(fmt.Sprintf("dnssim: listen on %s: %v", addr, err))
		}
		at := tcp.Addr().(*net.TCPAddr).AddrPort()
		udp, err := net.ListenPacket("udp", at.String())
		if err != nil {
			tcp.Close()
			continue
		}
		for _, d := range []*dns.Server{{Listener: tcp, Handler: handler}, {PacketConn: udp, Handler: handler}} {
			for _, set := range with {
				set(d)
			}
			w.serve(d)
		}
		return at
	}
	panic("dnssim: no port is free for UDP and TCP on " + addr.String())
}

func (w *World) serve(d *dns.Server) {
	started := make(chan struct{})
	d.NotifyStartedFunc = func() { close(started) }
	go d.ActivateAndServe() // ends with Shutdown
	<-started
	w.closers = append(w.closers, func() { d.Shutdown() })
}

// Set gives the server a mood.
func (s *Server) Set(m Mood) { s.change(func() { s.mood = m }) }

// Lag lets the server show its zones as they were so long ago.
func (s *Server) Lag(d time.Duration) { s.change(func() { s.lag = d }) }

// OnlyTCP lets the server truncate every answer over UDP.
func (s *Server) OnlyTCP() { s.change(func() { s.tcp = true }) }

func (s *Server) change(f func()) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	f()
}

// Asked are the questions so far.
func (s *Server) Asked() []Query {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return append([]Query(nil), s.asked...)
}

// ServeDNS answers one question.
func (s *Server) ServeDNS(out dns.ResponseWriter, q *dns.Msg) {
	if len(q.Question) != 1 {
		return
	}
	network := out.LocalAddr().Network()
	s.world.mu.Lock()
	s.asked = append(s.asked, queryOf(network, q.Question[0]))
	mood, onlyTCP := s.mood, s.tcp
	reply := &dns.Msg{MsgHdr: dns.MsgHdr{Rcode: dns.RcodeRefused}}
	if zone := s.closest(q.Question[0]); zone != nil {
		reply = lookup(zone.Name, zone.at(s.lag), q.Question[0])
	}
	s.world.mu.Unlock()
	switch mood {
	case Silent:
		return
	case Refuses:
		reply = &dns.Msg{MsgHdr: dns.MsgHdr{Rcode: dns.RcodeRefused}}
	case Fails:
		reply = &dns.Msg{MsgHdr: dns.MsgHdr{Rcode: dns.RcodeServerFailure}}
	case Resolves:
		reply.Authoritative, reply.RecursionAvailable = false, true
	}
	if onlyTCP && network == "udp" {
		reply.Answer, reply.Truncated = nil, true
	}
	send(out, q, reply)
}

// closest is the deepest zone of the server that the question is about; a
// question for DS is the parent's.
func (s *Server) closest(q dns.Question) *Zone {
	name := dns.CanonicalName(q.Name)
	if q.Qtype == dns.TypeDS && name != "." {
		name = parentOf(name)
	}
	for {
		if z, ok := s.zones[name]; ok {
			return z
		}
		if name == "." {
			return nil
		}
		name = parentOf(name)
	}
}

func queryOf(network string, q dns.Question) Query {
	return Query{network, dns.CanonicalName(q.Name), dns.TypeToString[q.Qtype]}
}

// send completes a reply and sends it, cut to what the client takes.
func send(out dns.ResponseWriter, q, reply *dns.Msg) {
	full := new(dns.Msg).SetReply(q)
	full.Rcode, full.Answer, full.Ns, full.Extra = reply.Rcode, reply.Answer, reply.Ns, reply.Extra
	full.Authoritative, full.RecursionAvailable, full.Truncated = reply.Authoritative, reply.RecursionAvailable, reply.Truncated
	size := dns.MinMsgSize
	if edns := q.IsEdns0(); edns != nil {
		full.SetEdns0(1232, false)
		size = int(edns.UDPSize())
	}
	if out.LocalAddr().Network() == "udp" {
		truncated := full.Truncated
		full.Truncate(size)
		full.Truncated = full.Truncated || truncated
	}
	out.WriteMsg(full) // the client is gone if this fails
}

package dnssim

import (
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// StartRecursor starts a resolver over all zones in public DNS, and returns where
// it listens. It follows aliases through all zones and keeps what does not exist
// for as long as the zone says (RFC 2308): who asks too early waits long.
func (w *World) StartRecursor() netip.AddrPort {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.listen(netip.AddrFrom4([4]byte{127, 53, 255, 1}), 0, recursor{w})
}

// Resolved are the questions that the recursor was asked so far.
func (w *World) Resolved() []Query {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Query(nil), w.asked...)
}

type recursor struct{ *World }

func (r recursor) ServeDNS(out dns.ResponseWriter, q *dns.Msg) {
	if len(q.Question) != 1 {
		return
	}
	question := q.Question[0]
	r.mu.Lock()
	r.asked = append(r.asked, queryOf(out.LocalAddr().Network(), question))
	reply, beyond := r.resolve(question, q.CheckingDisabled)
	r.mu.Unlock()
	if beyond != "" {
		question.Name = beyond
		r.forward(reply, question)
	}
	reply.Authoritative, reply.RecursionAvailable = false, true
	send(out, q, reply)
}

// forward asks the resolver that knows all other names, and adds its answer. Of types that
// it does not implement, SOA and NS among them, these names have none: they are no zones,
// but names in the root.
func (r recursor) forward(whole *dns.Msg, question dns.Question) {
	reply, _, err := new(dns.Client).Exchange(new(dns.Msg).SetQuestion(question.Name, question.Qtype), r.upstream)
	if err != nil {
		whole.Rcode = dns.RcodeServerFailure
		return
	}
	if reply.Rcode == dns.RcodeNotImplemented {
		whole.Ns = r.rootSOA()
		return
	}
	whole.Answer, whole.Ns, whole.Rcode = append(whole.Answer, reply.Answer...), reply.Ns, reply.Rcode
}

// rootSOA is what stands in the authority section of an answer without records
// (RFC 2308 section 2.2) for a name that no zone has but the root.
func (r recursor) rootSOA() []dns.RR {
	r.mu.Lock()
	defer r.mu.Unlock()
	if root := r.zones["."]; root != nil {
		return lookup(".", root.at(0), dns.Question{Name: ".", Qtype: dns.TypeSOA}).Answer
	}
	return nil
}

// resolve answers as the servers of the name's zone do; beyond is a name in no zone
// that the answer leads to, if others know such names. Call it with the lock held.
func (r recursor) resolve(question dns.Question, unchecked bool) (whole *dns.Msg, beyond string) {
	const longest = 16
	whole = &dns.Msg{MsgHdr: dns.MsgHdr{Response: true}}
	for range longest {
		name := dns.CanonicalName(question.Name)
		if until, ok := r.denied[name]; ok && r.now().Before(until) {
			whole.Rcode = dns.RcodeNameError
			return whole, ""
		}
		if s, ok := r.servers[name]; ok && r.zones[name] == nil {
			if question.Qtype == dns.TypeA {
				whole.Answer = append(whole.Answer, &dns.A{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: s.Addr.Addr().AsSlice()})
			}
			return whole, ""
		}
		zone := r.public(name)
		switch {
		case zone == nil && r.upstream != "":
			return whole, name
		case zone == nil:
			whole.Rcode = dns.RcodeNameError
			return whole, ""
		}
		server := r.living(zone)
		if server == nil || zone.bogus && !unchecked {
			whole.Rcode = dns.RcodeServerFailure
			return whole, ""
		}
		reply := lookup(zone.Name, zone.at(server.lag), question)
		whole.Answer, whole.Ns, whole.Rcode = append(whole.Answer, reply.Answer...), reply.Ns, reply.Rcode
		if reply.Rcode == dns.RcodeNameError {
			r.denied[name] = r.now().Add(negativeTTL * time.Second)
		}
		if len(reply.Answer) == 0 {
			return whole, ""
		}
		alias, ok := reply.Answer[len(reply.Answer)-1].(*dns.CNAME)
		if !ok || question.Qtype == dns.TypeCNAME {
			return whole, ""
		}
		question.Name = alias.Target
	}
	return whole, ""
}

// public is the deepest zone in public DNS that the name lies in. Where another resolver
// knows the names of no zone, the root has itself alone.
func (r recursor) public(name string) *Zone {
	if asked := name; r.upstream != "" && asked != "." {
		for ; name != "."; name = parentOf(name) {
			if z, ok := r.zones[name]; ok && z.delegated {
				return z
			}
		}
		return nil
	}
	for {
		if z, ok := r.zones[name]; ok && z.delegated {
			return z
		}
		if name == "." {
			return nil
		}
		name = parentOf(name)
	}
}

// living is a server that answers for the zone.
func (r recursor) living(z *Zone) *Server {
	for _, host := range z.NameServers {
		if s := r.servers[host]; s != nil && s.mood == Answers {
			return s
		}
	}
	return nil
}

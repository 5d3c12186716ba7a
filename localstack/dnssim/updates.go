package dnssim

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// Primary is a server that takes dynamic updates (RFC 2136) of TXT records in every
// zone, signed with one key (TSIG).
type Primary struct {
	Addr  netip.AddrPort
	world *World
	rcode int
}

// StartPrimary starts one. The key's name and its secret in base64 are what
// updates must be signed with.
func (w *World) StartPrimary(key, secret string) *Primary {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := &Primary{world: w}
	keys := map[string]string{dns.CanonicalName(key): secret}
	p.Addr = w.listen(netip.AddrFrom4([4]byte{127, 53, 255, 2}), 0, p, func(d *dns.Server) {
		d.TsigSecret = keys
		d.MsgAcceptFunc = func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept }
	})
	return p
}

// Fails lets every update be answered with a code; 0 lets them through again.
func (p *Primary) Fails(rcode int) {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	p.rcode = rcode
}

// ServeDNS answers one update.
func (p *Primary) ServeDNS(out dns.ResponseWriter, q *dns.Msg) {
	reply := new(dns.Msg).SetReply(q)
	signature := q.IsTsig()
	switch {
	case signature == nil || len(q.Question) != 1 || q.Opcode != dns.OpcodeUpdate:
		reply.Rcode = dns.RcodeRefused
	case out.TsigStatus() != nil: // RFC 8945 section 5.3.2: without a signature of its own
		reply.Rcode = dns.RcodeNotAuth
		reply.SetTsig(signature.Hdr.Name, signature.Algorithm, signature.Fudge, int64(signature.TimeSigned))
		reply.IsTsig().Error = dns.RcodeBadKey
	default:
		reply.Rcode = p.update(dns.CanonicalName(q.Question[0].Name), q.Ns)
		reply.SetTsig(signature.Hdr.Name, signature.Algorithm, signature.Fudge, int64(signature.TimeSigned))
	}
	out.WriteMsg(reply) // the client is gone if this fails
}

// update carries out the changes of one update, all or none.
func (p *Primary) update(zone string, changes []dns.RR) (rcode int) {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	z, ok := p.world.zones[zone]
	switch {
	case p.rcode != 0:
		return p.rcode
	case !ok:
		return dns.RcodeNotAuth
	}
	for _, rr := range changes {
		if !dns.IsSubDomain(zone, rr.Header().Name) {
			return dns.RcodeNotZone
		}
	}
	for _, rr := range changes {
		txt, ok := rr.(*dns.TXT)
		if !ok {
			return dns.RcodeRefused
		}
		owner, value := dns.CanonicalName(txt.Hdr.Name), strings.Join(txt.Txt, "")
		var values []string
		for _, there := range z.at(0) {
			if old, ok := there.(*dns.TXT); ok && old.Hdr.Name == owner {
				values = append(values, strings.Join(old.Txt, ""))
			}
		}
		ttl := txt.Hdr.Ttl
		if txt.Hdr.Class == dns.ClassNONE { // delete this one record
			values, ttl = slices.DeleteFunc(values, func(v string) bool { return v == value }), 60
		} else if !slices.Contains(values, value) {
			values = append(values, value)
		}
		z.set(owner, ttl, values)
	}
	return dns.RcodeSuccess
}

package dnssim

import (
	"strings"

	"github.com/miekg/dns"
)

// lookup answers one question from a zone's records as an authoritative server
// does: exact names, names between others, wildcards (RFC 4592), aliases within
// the zone, and referrals to children.
func lookup(zone string, records []dns.RR, question dns.Question) *dns.Msg {
	reply := &dns.Msg{MsgHdr: dns.MsgHdr{Response: true, Authoritative: true}}
	name := dns.CanonicalName(question.Name)
	for seen := map[string]bool{}; !seen[name]; {
		seen[name] = true
		if cut := childOf(zone, records, name, question.Qtype); len(cut) > 0 {
			if len(reply.Answer) == 0 {
				reply.Authoritative = false
			}
			reply.Ns = cut
			return reply
		}
		found, exists := at(records, name)
		if !exists {
			found, exists = synthesized(zone, records, name)
		}
		if !exists {
			reply.Rcode = dns.RcodeNameError
			break
		}
		target := ""
		matched := false
		for _, rr := range found {
			switch cname, isAlias := rr.(*dns.CNAME); {
			case rr.Header().Rrtype == question.Qtype:
				reply.Answer, matched = append(reply.Answer, rr), true
			case isAlias:
				reply.Answer, target = append(reply.Answer, rr), dns.CanonicalName(cname.Target)
			}
		}
		if matched || target == "" || !dns.IsSubDomain(zone, target) {
			break
		}
		name = target
	}
	if len(reply.Answer) == 0 || reply.Rcode == dns.RcodeNameError {
		for _, rr := range records {
			if rr.Header().Rrtype == dns.TypeSOA {
				reply.Ns = []dns.RR{rr}
			}
		}
	}
	return reply
}

// at are the records of a name. A name exists also when only others hang below it.
func at(records []dns.RR, name string) (found []dns.RR, exists bool) {
	for _, rr := range records {
		owner := rr.Header().Name
		if owner == name {
			found, exists = append(found, rr), true
		} else if strings.HasSuffix(owner, "."+name) {
			exists = true
		}
	}
	return found, exists
}

// synthesized are the records that a wildcard gives to a name: the wildcard below
// the closest name that exists.
func synthesized(zone string, records []dns.RR, name string) (found []dns.RR, exists bool) {
	for parent := parentOf(name); dns.IsSubDomain(zone, parent); parent = parentOf(parent) {
		if wild, ok := at(records, "*."+parent); ok {
			for _, rr := range wild {
				made := dns.Copy(rr)
				made.Header().Name = name
				found = append(found, made)
			}
			return found, true
		}
		if _, ok := at(records, parent); ok || parent == "." {
			return nil, false
		}
	}
	return nil, false
}

// childOf are the NS records of a child zone that the name lies in.
func childOf(zone string, records []dns.RR, name string, qtype uint16) []dns.RR {
	for ; name != zone && dns.IsSubDomain(zone, name) && name != "."; name = parentOf(name) {
		var cut []dns.RR
		for _, rr := range records {
			if rr.Header().Rrtype == dns.TypeNS && rr.Header().Name == name {
				cut = append(cut, rr)
			}
		}
		if len(cut) > 0 && qtype != dns.TypeDS {
			return cut
		}
	}
	return nil
}

func parentOf(name string) string {
	next, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[next:]
}

package dnssim

import (
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// TXT is what the provider holds at a name: its values, each as one string, and
// their TTL in seconds.
func (z *Zone) TXT(name string) (values []string, ttl uint32) {
	z.world.mu.Lock()
	defer z.world.mu.Unlock()
	for _, rr := range z.at(0) {
		if txt, ok := rr.(*dns.TXT); ok && rr.Header().Name == dns.CanonicalName(name) {
			values, ttl = append(values, strings.Join(txt.Txt, "")), txt.Hdr.Ttl
		}
	}
	return values, ttl
}

// TXTNames are the names of the zone that have TXT records, sorted.
func (z *Zone) TXTNames() []string {
	z.world.mu.Lock()
	defer z.world.mu.Unlock()
	var names []string
	for _, rr := range z.at(0) {
		if rr.Header().Rrtype == dns.TypeTXT {
			names = append(names, rr.Header().Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// SetTXT makes these the values at a name, in one change.
func (z *Zone) SetTXT(name string, ttl uint32, values ...string) {
	z.world.mu.Lock()
	defer z.world.mu.Unlock()
	z.set(dns.CanonicalName(name), ttl, values)
}

// ChangeTXT adds and removes values at a name, in one change.
func (z *Zone) ChangeTXT(name string, ttl uint32, add, remove []string) {
	z.world.mu.Lock()
	defer z.world.mu.Unlock()
	owner := dns.CanonicalName(name)
	values := slices.Clone(add)
	for _, rr := range z.at(0) {
		if txt, ok := rr.(*dns.TXT); ok && rr.Header().Name == owner {
			if value := strings.Join(txt.Txt, ""); !slices.Contains(values, value) && !slices.Contains(remove, value) {
				values = append(values, value)
			}
		}
	}
	z.set(owner, ttl, values)
}

func (z *Zone) set(owner string, ttl uint32, values []string) {
	now := z.world.now()
	kept := map[string]bool{}
	for i, r := range z.records {
		txt, ok := r.rr.(*dns.TXT)
		if !ok || r.rr.Header().Name != owner || !r.until.IsZero() {
			continue
		}
		value := strings.Join(txt.Txt, "")
		if txt.Hdr.Ttl == ttl && slices.Contains(values, value) && !kept[value] {
			kept[value] = true
			continue
		}
		z.records[i].until = now
	}
	for _, value := range values {
		if !kept[value] {
			kept[value] = true
			rr := &dns.TXT{Hdr: dns.RR_Header{Name: owner, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: ttl}, Txt: chunks(value)}
			z.records = append(z.records, record{rr: rr, from: now})
		}
	}
	z.records = slices.DeleteFunc(z.records, func(r record) bool { return !r.until.IsZero() && now.Sub(r.until) > remembered })
}

// chunks are the character strings of a value: at most 255 bytes each.
func chunks(value string) []string {
	out := []string{}
	for len(value) > 255 {
		out, value = append(out, value[:255]), value[255:]
	}
	return append(out, value)
}

// HasOther reports whether the name has records of another type than TXT.
func (z *Zone) HasOther(name string, rrtype uint16) bool {
	z.world.mu.Lock()
	defer z.world.mu.Unlock()
	return slices.ContainsFunc(z.at(0), func(rr dns.RR) bool {
		return rr.Header().Name == dns.CanonicalName(name) && rr.Header().Rrtype == rrtype
	})
}

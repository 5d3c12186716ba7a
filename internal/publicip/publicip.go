// Package publicip knows which addresses belong to the public internet.
package publicip

import "net/netip"

// Is reports whether an address belongs to the public internet, so that what strangers
// name may lead there. The sources are the IANA special-purpose registries
// (RFC 6890); of IPv6 only global unicast (2000::/3) is in use, which leaves out
// IPv4-mapped addresses. Addresses with a zone are in no prefix.
func Is(ip netip.Addr) bool {
	for _, reserved := range reservedPrefixes() {
		if reserved.Contains(ip) {
			return false
		}
	}
	return ip.Is4() || netip.MustParsePrefix("2000::/3").Contains(ip)
}

func reservedPrefixes() [21]netip.Prefix {
	return [...]netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),         // this network
		netip.MustParsePrefix("10.0.0.0/8"),        // private
		netip.MustParsePrefix("100.64.0.0/10"),     // carrier-grade NAT
		netip.MustParsePrefix("127.0.0.0/8"),       // loopback
		netip.MustParsePrefix("168.63.129.16/32"),  // Azure's host endpoint: reachable from every VM, public only in looks
		netip.MustParsePrefix("169.254.0.0/16"),    // link-local, metadata and identity endpoints
		netip.MustParsePrefix("172.16.0.0/12"),     // private
		netip.MustParsePrefix("192.0.0.0/24"),      // protocol assignments
		netip.MustParsePrefix("192.0.2.0/24"),      // documentation
		netip.MustParsePrefix("192.88.99.0/24"),    // 6to4 relay
		netip.MustParsePrefix("192.168.0.0/16"),    // private
		netip.MustParsePrefix("198.18.0.0/15"),     // benchmarks
		netip.MustParsePrefix("198.51.100.0/24"),   // documentation
		netip.MustParsePrefix("203.0.113.0/24"),    // documentation
		netip.MustParsePrefix("224.0.0.0/4"),       // multicast
		netip.MustParsePrefix("240.0.0.0/4"),       // reserved, broadcast
		netip.MustParsePrefix("2001::/23"),         // protocol assignments, Teredo
		netip.MustParsePrefix("2001:db8::/32"),     // documentation
		netip.MustParsePrefix("2002::/16"),         // 6to4: carries any IPv4 address
		netip.MustParsePrefix("2620:4f:8000::/48"), // AS112
		netip.MustParsePrefix("3fff::/20"),         // documentation
	}
}

package hostdns

import (
	"fmt"
	"slices"
	"strings"
)

// enoughHosts is how many name servers must show the records at least, where the
// zone has as many: a certificate authority asks any of them.
const enoughHosts = 2

// Everywhere reports whether every server shows every value. With forgive, those
// that do not answer are left out; enough others must show them then.
func (s Sight) Everywhere(forgive bool) bool {
	var all, there []string
	for _, server := range s.Servers {
		all = append(all, server.Host)
		switch server.State {
		case StateThere:
			there = append(there, server.Host)
		case StateMissing:
			return false
		case StateSilent:
			if !forgive {
				return false
			}
		}
	}
	return len(there) > 0 && distinct(there) >= min(enoughHosts, distinct(all))
}

func distinct(hosts []string) int {
	return len(slices.Compact(slices.Sorted(slices.Values(hosts))))
}

// Count is how many of the asked addresses show every value.
func (s Sight) Count() (there, asked int) {
	for _, server := range s.Servers {
		if server.State == StateThere {
			there++
		}
	}
	return there, len(s.Servers)
}

// Sentence says how far the records have come, for people.
func (s Sight) Sentence() string {
	there, asked := s.Count()
	who := "name servers of " + s.Zone
	if s.Zone == "" {
		who = "DNS resolvers"
	}
	parts := []string{fmt.Sprintf("%d of %d %s have the records", there, asked, who)}
	var lacking, silent []string
	for _, server := range s.Servers {
		switch server.State {
		case StateMissing:
			lacking = append(lacking, server.label())
		case StateSilent:
			silent = append(silent, server.label())
		}
	}
	if len(lacking) > 0 {
		verb := "does not have them yet"
		if len(lacking) > 1 {
			verb = "do not have them yet"
		}
		parts = append(parts, some(lacking)+" "+verb)
	}
	if len(silent) > 0 {
		verb := "gives no answer"
		if len(silent) > 1 {
			verb = "give no answer"
		}
		parts = append(parts, some(silent)+" "+verb)
	}
	return strings.Join(parts, "; ") + "."
}

// label names a server, with the reason if it gave one.
func (s ServerSight) label() string {
	if s.Says == "" {
		return s.Host
	}
	return s.Host + " (" + s.Says + ")"
}

// some lists the first few of many.
func some(list []string) string {
	const shown = 3
	list = slices.Compact(list)
	if len(list) > shown {
		return strings.Join(list[:shown], ", ") + fmt.Sprintf(" and %d more", len(list)-shown)
	}
	return strings.Join(list, ", ")
}

package hostdns

import (
	"context"
	"fmt"
	"strings"

	"github.com/miekg/dns"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// maxAliases bounds a chain of CNAME records. Public resolvers give up between
// 8 and 17; a chain beyond this is a mistake that no CA follows.
const maxAliases = 32

// follow asks for the records of name and goes along CNAMEs itself, because a
// server may answer with the beginning of the chain only. It returns the records
// at the end of the chain (none if there are none) and the aliases' targets in
// order. An endless chain is a *durable.Failure: only its owner can mend it.
func (l *lookup) follow(ctx context.Context, name string, qtype uint16) (records []dns.RR, chain []string, err error) {
	current := dns.CanonicalName(name)
	seen := map[string]bool{current: true}
	for {
		reply, err := l.ask(ctx, current, qtype)
		if err != nil {
			return nil, chain, err
		}
		asked := current
		for {
			if records := recordsOf(reply, current, qtype); len(records) > 0 {
				return records, chain, nil
			}
			target, ok := aliasOf(reply, current)
			if !ok {
				break
			}
			chain = append(chain, strings.TrimSuffix(target, "."))
			if seen[target] {
				return nil, chain, endless(name, "form a loop", chain)
			}
			if len(chain) > maxAliases {
				return nil, chain, endless(name, fmt.Sprintf("are a chain of more than %d", maxAliases), chain)
			}
			seen[target] = true
			current = target
		}
		// NXDOMAIN speaks of the last name of the chain (RFC 6604 section 3).
		if current == asked || reply.Rcode == dns.RcodeNameError {
			return nil, chain, nil
		}
	}
}

func recordsOf(reply *dns.Msg, owner string, qtype uint16) []dns.RR {
	var found []dns.RR
	for _, rr := range reply.Answer {
		if rr.Header().Rrtype == qtype && dns.CanonicalName(rr.Header().Name) == owner {
			found = append(found, rr)
		}
	}
	return found
}

func aliasOf(reply *dns.Msg, owner string) (target string, ok bool) {
	for _, rr := range reply.Answer {
		if cname, is := rr.(*dns.CNAME); is && dns.CanonicalName(cname.Hdr.Name) == owner {
			return dns.CanonicalName(cname.Target), true
		}
	}
	return "", false
}

func endless(name, what string, chain []string) error {
	const shown = 6
	path := append([]string{strings.TrimSuffix(name, ".")}, chain...)
	if len(path) > shown {
		path = append(path[:shown:shown], "…")
	}
	return &durable.Failure{
		Code: issuance.CodeHostnameNotResolving,
		Message: fmt.Sprintf("The CNAME records of %s %s (%s). Correct them in the DNS of the domain so that they end at the Application Gateway.",
			path[0], what, strings.Join(path, " → ")),
	}
}

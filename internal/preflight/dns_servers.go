package preflight

import (
	"context"
	"strings"

	"certgate/internal/hostdns"
)

// dnsServers: those that are asked answer, over UDP and over TCP. Public ones that do
// not are no fault by themselves: the system's stand behind them.
func dnsServers() check {
	return check{
		name: "dnsServers", title: "DNS servers answer", group: groupEngine,
		fix: "Let the app reach UDP and TCP port 53 of them, or set DnsResolvers to servers that it reaches.",
		run: func(ctx context.Context, f *facts) verdict {
			source, reached, err := f.config.Servers.Reach(ctx)
			if err != nil {
				v := fail("The system names no DNS server.").fixedBy("Set DnsResolvers.")
				v.err = err
				return v
			}
			answers, silent := told(reached)
			switch {
			case answers == "" && source == hostdns.FromPublic:
				return unknown("The public DNS resolvers do not answer (%s), so the system's are asked, which may know another view.", silent).silent()
			case answers == "":
				return fail("No DNS server answers (%s).", silent).silent()
			case silent != "":
				return pass("%s, over UDP and TCP; %s.", answers, silent)
			}
			return pass("%s, over UDP and TCP.", answers)
		},
	}
}

// told puts servers into words: those that answer, and what the others did.
func told(reached []hostdns.Reach) (answers, silent string) {
	var good, bad []string
	for _, r := range reached {
		switch {
		case r.Answers():
			good = append(good, r.Server)
		case r.UDP == r.TCP:
			bad = append(bad, r.Server+" "+r.UDP)
		case r.UDP == "":
			bad = append(bad, r.Server+" "+r.TCP+" over TCP")
		case r.TCP == "":
			bad = append(bad, r.Server+" "+r.UDP+" over UDP")
		default:
			bad = append(bad, r.Server+" "+r.UDP+" over UDP and "+r.TCP+" over TCP")
		}
	}
	if len(good) > 0 {
		answers = "Answers come from " + strings.Join(good, ", ")
	}
	return answers, strings.Join(bad, ", ")
}

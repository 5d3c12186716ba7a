package preflight

import (
	"context"
	"errors"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// ChallengeDNS finds where the TXT records of dns-01 go; *challengedns.DNS does.
type ChallengeDNS interface {
	// Place and its errors are as those of issuance.ChallengeDNS.
	Place(ctx context.Context, hostname, account string) (issuance.Place, error)
	// Delegated is the name in the delegation zone that a challenge name is to lead to; ""
	// without such a zone.
	Delegated(name string) string
	// Accounts are the names of the accounts of the settings.
	Accounts() []string
	// Zones are the names of the zones that an account holds.
	Zones(ctx context.Context, account string) ([]string, error)
}

// dnsProof: a TXT record that proves the hostname could be written, and would be seen. Where
// http-01 will do, nothing is to be mended.
func dnsProof(dns ChallengeDNS, byDefault string) check {
	return check{
		name: "dnsProof", title: "Proof by a DNS record", group: groupHostname,
		fix: "Configure a DNS account that holds the zone of the hostname, or DnsDelegationZone.",
		run: func(ctx context.Context, f *facts) verdict {
			needed := wildcard(f.hostname) || byDefault == issuance.MethodDNS
			if dns == nil {
				return fail("%s needs dns-01, and no DNS account is configured.", f.hostname).fixedBy("Set Dns__<name>__Provider in the app's settings.")
			}
			at, err := dns.Place(ctx, f.hostname, "")
			if err == nil {
				return pass("The TXT record %s is written into the zone %s of the DNS account %s.", at.Record, at.Zone, at.Account)
			}
			v := because(err)
			if !needed {
				return pass("It is proved by http-01. For dns-01: %s", strings.TrimSpace(v.finding+" "+v.fix))
			}
			var failure *durable.Failure
			challenge := "_acme-challenge." + strings.TrimPrefix(f.hostname, "*.")
			target := dns.Delegated(challenge)
			if errors.As(err, &failure) && (failure.Code == issuance.CodeDNSZoneNotFound || failure.Code == issuance.CodeDNSDelegationWrong) && target != "" {
				v.record = &Record{Type: "CNAME", Name: challenge, Value: target}
				v = v.fixedBy("Create the record: %s CNAME %s", challenge, target)
			}
			return v
		},
	}
}

func wildcard(name string) bool { return hostname.Name(name).Wildcard() }

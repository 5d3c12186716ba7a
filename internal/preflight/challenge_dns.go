package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// ChallengeDNS finds where the TXT records of dns-01 go; *challengedns.DNS does.
type ChallengeDNS interface {
	issuance.Places
	// Delegated is the name in the delegation zone that a challenge name is to lead to; ""
	// without such a zone.
	Delegated(name string) string
	// Accounts are the names of the accounts of the settings.
	Accounts() []string
	// Zones are the names of the zones that an account holds.
	Zones(ctx context.Context, account string) ([]string, error)
}

// Proof is how a hostname would be proved now. Its members are published.
type Proof struct {
	// Method is http-01 or dns-01, that of a request without a wish if none was named.
	Method string `json:"method"`
	// Record is the name of the TXT record that certgate would write, into Zone of the DNS
	// account Account; "" where that is not known, or not needed.
	Record  string `json:"record,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Account string `json:"account,omitempty"`
	// Create is the record that whoever holds the zone has to make, once, before dns-01
	// can be used.
	Create *Record `json:"create,omitempty"`
}

// chosen is how a hostname would be proved.
type chosen struct {
	issuance.Way
	instead error // what kept it from dns-01, where http-01 will do
	err     error // why it cannot be proved
}

func (p *Preflight) proving() issuance.Proving {
	return issuance.Proving{Places: places(p.config.DNS), Default: p.config.DefaultValidation}
}

// places is nil for nothing, which an interface of nil is not.
func places(dns ChallengeDNS) issuance.Places {
	if dns == nil {
		return nil
	}
	return dns
}

// byDNS reports whether a TXT record proves the hostname, which need not lead here then.
func (f *facts) byDNS() bool {
	c := f.proof()
	return c.Method == issuance.MethodDNS || c.err != nil && f.methods()[0] == issuance.MethodDNS
}

// methods are those that a request may use for the hostname, the better one first.
func (f *facts) methods() []string { return f.proving.Possible(issuance.Way{Wanted: f.wanted}) }

// proofOf is what is published of the choice.
func (p *Preflight) proofOf(f *facts) *Proof {
	c := f.proof()
	out := &Proof{Method: c.Method, Record: c.Place.Record, Zone: c.Place.Zone, Account: c.Place.Account, Create: f.delegation()}
	if out.Method == "" {
		out.Method = f.methods()[0]
	}
	return out
}

// delegation is the record that leads the challenge to a zone of ours; nil if none is
// needed, or it would not help.
func (f *facts) delegation() *Record {
	c := f.proof()
	err := c.err
	if err == nil {
		err = c.instead
	}
	var failure *durable.Failure
	if f.config.DNS == nil || !errors.As(err, &failure) || failure.Code != issuance.CodeDNSZoneNotFound && failure.Code != issuance.CodeDNSDelegationWrong {
		return nil
	}
	name := "_acme-challenge." + strings.TrimPrefix(f.hostname, "*.")
	if target := f.config.DNS.Delegated(name); target != "" {
		return &Record{Type: "CNAME", Name: name, Value: target}
	}
	return nil
}

// dnsProof: a TXT record that proves the hostname could be written, and would be seen. Where
// http-01 will do, nothing is to be mended.
func dnsProof() check {
	return check{
		name: "dnsProof", title: "Proof by a DNS record", group: groupHostname,
		fix: "Configure a DNS account that holds the zone of the hostname, or DnsDelegationZone.",
		run: func(_ context.Context, f *facts) verdict {
			c := f.proof()
			switch {
			case c.err != nil:
				v := because(c.err)
				if v.record = f.delegation(); v.record != nil {
					v = v.fixedBy("Create the record: %s CNAME %s", v.record.Name, v.record.Value)
				}
				return v
			case c.Method == issuance.MethodDNS:
				return pass("The TXT record %s is written into the zone %s of the DNS account %s.", c.Place.Record, c.Place.Zone, c.Place.Account)
			case c.instead != nil:
				v := because(c.instead)
				return pass("It is proved by http-01. For dns-01: %s", strings.TrimSpace(v.finding+" "+v.fix))
			}
			return pass("It is proved by http-01.")
		},
	}
}

// servedLater is the verdict on a hostname that does not lead here, and whose certificate
// needs that for nothing but to be served.
func servedLater(v verdict) verdict {
	v.ok, v.state = nil, Later
	v.finding = fmt.Sprintf("%s It is proved by a DNS record, so its certificate is issued all the same, and served when it leads here.", v.finding)
	return v
}

// barred are the methods by which CAA records do not let the first authority issue that
// they let issue at all (RFC 8657 section 4).
func (f *facts) barred() []string {
	methods := f.methods()
	found, err := f.caa()
	if err != nil || len(found.Records) == 0 || len(methods) < 2 {
		return nil
	}
	for _, i := range f.config.ordered() {
		s, err := f.standings[i.Name]()
		if err != nil || len(s.CAADomains) == 0 {
			return nil
		}
		if allowed, _ := permitted(found, s, f.hostname, methods); len(allowed) > 0 {
			return slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return slices.Contains(allowed, m) })
		}
	}
	return nil
}

func wildcard(name string) bool { return hostname.Name(name).Wildcard() }

package issuance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance/caa"
)

// constrained is a hostname with CAA records.
type constrained struct {
	hostname string
	found    caa.Records
	methods  []string // that may be used
	refusals []string // clauses or sentences, of the issuers so far
}

// chooseIssuer takes the first issuer in the order of preference that the CAA records of
// all hostnames allow: an order at another one would fail. Without records that is the
// first.
func chooseIssuer(ctx context.Context, resolver Resolver, authorities Authorities, p Proving, s *State) (durable.Outcome, error) {
	names := s.untried(authorities)
	all := make([]*constrained, len(s.names()))
	err := eachName(ctx, s.names(), func(ctx context.Context, i int, name string) error {
		found, err := resolver.CAA(ctx, name)
		if len(found.Records) > 0 {
			all[i] = &constrained{hostname: name, found: found, methods: p.Possible(s.way(name))}
		}
		return err
	})
	if err != nil {
		return durable.Outcome{}, err
	}
	if _, err := authorities.Issuer(s.Options.Issuer); s.Options.Issuer != "" && err != nil {
		return durable.Outcome{}, err
	}
	if len(names) == 0 { // taken out of the settings meanwhile
		return noIssuerLeft(s, ""), nil
	}
	alone := len(names) == 1 && len(s.Tried) == 0
	all = slices.DeleteFunc(all, func(c *constrained) bool { return c == nil })
	if len(all) == 0 {
		s.Issuer = stored(names[0])
		return durable.Done(), nil
	}
	var refusals, domains []string
	for _, name := range names {
		ca, err := authorities.Issuer(name)
		if err != nil {
			return durable.Outcome{}, err
		}
		identity, err := ca.Identity(ctx)
		if err != nil && alone {
			return durable.Outcome{}, err
		}
		// One that does not answer is taken: to wait for it, or to go over to the next
		// one, is for the order to decide.
		refused := 0
		for _, c := range all {
			allowed, why := c.allows(identity)
			s.bar(c.hostname, without(c.methods, allowed))
			if len(allowed) > 0 {
				continue
			}
			if !alone {
				why = fmt.Sprintf("Not to %s: %s.", name, why)
			}
			c.refusals, refusals = append(c.refusals, why), append(refusals, why)
			refused++
		}
		if refused == 0 {
			s.Issuer = stored(name)
			if len(refusals) > 0 {
				return durable.Done().Noting(fmt.Sprintf("CAA records lead to the issuer %s. %s", name, strings.Join(refusals, " "))), nil
			}
			return durable.Done(), nil
		}
		domains = append(domains, identity.Domains[0])
	}
	var failures []error
	var owners []string
	for _, c := range all {
		if len(c.refusals) > 0 {
			owners = append(owners, c.found.Owner)
			failures = append(failures, &durable.Failure{Code: CodeCaaForbids, Message: caaFailure(c.found.Owner, c.refusals, domains)})
		}
	}
	if len(s.Tried) > 0 {
		return noIssuerLeft(s, fmt.Sprintf("The CAA records of %s do not allow the others. %s", strings.Join(owners, ", "), strings.Join(refusals, " "))), nil
	}
	return durable.Outcome{}, together(len(s.names()), "hostnames", failures)
}

// allows are the methods by which CAA records let an authority issue: all, if it does not
// say how they would name it. why is a clause if there are none.
func (c *constrained) allows(identity CAIdentity) (methods []string, why string) {
	if len(identity.Domains) == 0 {
		return c.methods, ""
	}
	for _, method := range c.methods {
		ok, clause := caa.Permits(c.found.Records, identity.Domains, identity.AccountURI, hostname.Name(c.hostname).Wildcard(), method)
		if ok {
			methods = append(methods, method)
		} else {
			why = clause
		}
	}
	return methods, why
}

// bar notes the methods that the issuer in question may not use for a hostname.
func (s *State) bar(hostname string, methods []string) {
	i := s.wayOf(hostname)
	if i < 0 {
		if len(methods) == 0 {
			return
		}
		i, s.Ways = len(s.Ways), append(s.Ways, Way{Wanted: Wanted{Hostname: hostname}})
	}
	s.Ways[i].Barred = methods
}

// without are the members of all that are not among some.
func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(m string) bool { return slices.Contains(some, m) })
}

func caaFailure(owner string, refusals, domains []string) string {
	add := fmt.Sprintf("%s CAA 0 issue %q", owner, domains[0])
	if len(domains) == 1 {
		return fmt.Sprintf("The CAA records of %s do not allow this certificate authority: %s. Add the record: %s", owner, refusals[0], add)
	}
	return fmt.Sprintf("The CAA records of %s do not allow any certificate authority of the settings. %s Add a record, such as: %s", owner, strings.Join(refusals, " "), add)
}

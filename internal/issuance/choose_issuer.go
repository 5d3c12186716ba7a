package issuance

import (
	"context"
	"fmt"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/issuance/caa"
)

// chooseIssuer takes the first issuer in the order of preference that the hostname's CAA
// records allow: an order at another one would fail. Without records that is the first.
func chooseIssuer(ctx context.Context, resolver Resolver, authorities Authorities, s *State) (durable.Outcome, error) {
	names := s.untried(authorities)
	found, err := resolver.CAA(ctx, s.Hostname)
	if err != nil {
		return durable.Outcome{}, err
	}
	if len(names) == 0 { // taken out of the settings meanwhile
		return noIssuerLeft(s, ""), nil
	}
	if len(found.Records) == 0 {
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
		if err != nil && len(names) == 1 && len(s.Tried) == 0 {
			return durable.Outcome{}, err
		}
		// One that does not answer is taken: to wait for it, or to go over to the next
		// one, is for the order to decide.
		why := forbids(found, identity, s.Hostname)
		if why == "" {
			s.Issuer = stored(name)
			if len(refusals) > 0 {
				return durable.Done().Noting(fmt.Sprintf("CAA records lead to the issuer %s. %s", name, strings.Join(refusals, " "))), nil
			}
			return durable.Done(), nil
		}
		refusals, domains = append(refusals, fmt.Sprintf("Not to %s: %s.", name, why)), append(domains, identity.Domains[0])
		if len(names) == 1 && len(s.Tried) == 0 {
			refusals = []string{why}
		}
	}
	if len(s.Tried) > 0 {
		return noIssuerLeft(s, fmt.Sprintf("The CAA records of %s do not allow the others. %s", found.Owner, strings.Join(refusals, " "))), nil
	}
	return durable.Fail(CodeCaaForbids, caaFailure(found.Owner, refusals, domains)), nil
}

// forbids is why CAA records keep an authority from issuing: a clause; "" if they do
// not, or if the authority does not say how they would name it.
func forbids(found caa.Records, identity CAIdentity, hostname string) string {
	if len(identity.Domains) == 0 {
		return ""
	}
	_, why := caa.Permits(found.Records, identity.Domains, identity.AccountURI, strings.HasPrefix(hostname, "*."), "http-01")
	return why
}

func caaFailure(owner string, refusals, domains []string) string {
	add := fmt.Sprintf("%s CAA 0 issue %q", owner, domains[0])
	if len(domains) == 1 {
		return fmt.Sprintf("The CAA records of %s do not allow this certificate authority: %s. Add the record: %s", owner, refusals[0], add)
	}
	return fmt.Sprintf("The CAA records of %s do not allow any certificate authority of the settings. %s Add a record, such as: %s", owner, strings.Join(refusals, " "), add)
}

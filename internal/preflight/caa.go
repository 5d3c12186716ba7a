package preflight

import (
	"context"
	"fmt"
	"strings"

	"certgate/internal/acmeca"
	"certgate/internal/durable"
	"certgate/internal/issuance/caa"
)

// caaAllows: no CAA record keeps the authority from issuing (RFC 8659).
func caaAllows() check {
	return check{
		name: "caa", title: "CAA", group: groupHostname,
		fix: "Add a CAA record that allows the certificate authority, or remove the ones that forbid it.",
		run: func(ctx context.Context, f *facts) verdict {
			found, err := f.config.Resolver.CAA(ctx, f.hostname)
			if err != nil {
				return because(err)
			}
			if len(found.Records) == 0 {
				return pass("No CAA record restricts who may issue for %s.", f.hostname)
			}
			standing, err := f.standing()
			if standing.Directory == "" {
				return unknown("The certificate authority does not answer, so the CAA records of %s cannot be compared.", found.Owner).after(authority())
			}
			return f.permitted(found, standing, err)
		},
	}
}

func (f *facts) permitted(found caa.Records, s acmeca.Description, err error) verdict {
	if len(s.CAADomains) == 0 {
		return unknown("The CAA records of %s restrict who may issue, and this certificate authority does not say how they name it.", found.Owner).
			fixedBy("Compare the records with the authority's documentation.")
	}
	ok, why := caa.Permits(found.Records, s.CAADomains, s.Account, strings.HasPrefix(f.hostname, "*."), "http-01")
	if !ok {
		v := fail("The CAA records of %s do not allow this certificate authority: %s.", found.Owner, why).
			fixedBy("Add the record: %s CAA 0 issue %q", found.Owner, s.CAADomains[0])
		v.err, v.record = err, &Record{Type: "CAA", Name: found.Owner, Value: fmt.Sprintf("0 issue %q", s.CAADomains[0])}
		return v
	}
	return pass("The CAA records of %s allow this certificate authority.", found.Owner)
}

// failure makes an adapter's kind of error of a text for people.
func failure(message string) error { return &durable.Failure{Message: message} }

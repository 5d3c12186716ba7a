package preflight

import (
	"context"
	"fmt"
	"slices"
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
		run: func(_ context.Context, f *facts) verdict {
			found, err := f.caa()
			if err != nil {
				return because(err)
			}
			if len(found.Records) == 0 {
				return pass("No CAA record restricts who may issue for %s.", f.hostname)
			}
			return f.allowedBy(found)
		},
	}
}

// allowedBy judges the records for each issuer that orders may go to. One that they allow
// is enough; which ones they do not is said, for there is no going over to those.
func (f *facts) allowedBy(found caa.Records) verdict {
	var allowed, refused, silent []string
	var record *Record
	for _, i := range f.config.ordered() {
		s, _ := f.standings[i.Name]()
		switch by, why := permitted(found, s, f.hostname, f.methods()); {
		case s.Directory == "":
			silent = append(silent, i.subject())
		case len(s.CAADomains) == 0:
			silent = append(silent, i.subject())
		case len(by) > 0:
			allowed = append(allowed, i.subject())
		default:
			refused = append(refused, fmt.Sprintf("They do not allow %s: %s.", i.subject(), why))
			if record == nil {
				record = &Record{Type: "CAA", Name: found.Owner, Value: fmt.Sprintf("0 issue %q", s.CAADomains[0])}
			}
		}
	}
	others := strings.Join(refused, " ")
	switch {
	case len(allowed) > 0:
		return pass("%s", strings.TrimSpace(fmt.Sprintf("The CAA records of %s allow %s. %s", found.Owner, strings.Join(allowed, " and "), others)))
	case len(silent) > 0:
		return f.uncompared(found, silent)
	}
	v := fail("The CAA records of %s allow no certificate authority that orders go to. %s", found.Owner, others).
		fixedBy("Add the record: %s CAA %s", record.Name, record.Value)
	v.record = record
	return v
}

// uncompared is the verdict on records when some authority that counts is silent, or does
// not say how records name it.
func (f *facts) uncompared(found caa.Records, silent []string) verdict {
	for _, i := range f.config.Issuers {
		if s, _ := f.standings[i.Name](); s.Directory == "" && slices.Contains(silent, i.subject()) {
			return unknown("The certificate authority does not answer, so the CAA records of %s cannot be compared.", found.Owner).after(authority(i))
		}
	}
	return unknown("The CAA records of %s restrict who may issue, and %s does not say how they name it.", found.Owner, strings.Join(silent, " and ")).
		fixedBy("Compare the records with the authority's documentation, and set CaaDomains to its name in them.")
}

// permitted are those of the methods by which the records let an authority issue; why is a
// clause if there are none.
func permitted(found caa.Records, s acmeca.Description, hostname string, methods []string) (allowed []string, why string) {
	for _, method := range methods {
		ok, clause := caa.Permits(found.Records, s.CAADomains, s.Account, wildcard(hostname), method)
		if ok {
			allowed = append(allowed, method)
		} else {
			why = clause
		}
	}
	return allowed, why
}

// subject is the issuer in a sentence.
func (i Issuer) subject() string {
	if i.settings() == "Acme" {
		return "this certificate authority"
	}
	return "the certificate authority " + i.Name
}

// failure makes an adapter's kind of error of a text for people.
func failure(message string) error { return &durable.Failure{Message: message} }

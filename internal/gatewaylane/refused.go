package gatewaylane

import (
	"fmt"
	"slices"
	"strings"

	"certgate/internal/appgateway"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/secretid"
)

// refused deals with a write that the gateway will not have: it answers those
// whose fault that is, or makes the batch smaller.
func (l *Lane) refused(s *State, doc *gatewaydoc.Document, refusal *appgateway.Refusal, box inbox, out *replies) durable.Outcome {
	batch, redrive := box.pick(s.Batch), s.Redrive
	s.settled()
	s.Collisions = 0
	if len(s.Groups) > 0 {
		s.Groups = s.Groups[1:] // this was the first of them
	}
	mine, others := blame(doc, refusal, batch)
	switch {
	case redrive:
		// Nothing was changed, so nothing was refused: what they want stands, on a
		// gateway that somebody has to mend. Unless it is their own certificate
		// that keeps the gateway from it.
		s.Redriven = true
		for _, p := range mine {
			out.fail(p, refusedBy(p, refusal))
		}
		for _, p := range batch {
			l.done(out, doc, p)
		}
	case len(batch) == 0:
		s.Added = nil // not even taking out is accepted; the next request says why
	case len(mine) > 0:
		for _, p := range mine {
			out.fail(p, refusedBy(p, refusal))
		}
		s.again(out.open(batch))
	case len(others) > 0:
		for _, group := range append(s.Groups, ids(batch)) {
			for _, p := range box.pick(group) {
				out.fail(p, brokenByOthers(doc, others, refusal))
			}
		}
		s.Groups, s.Added = nil, nil
	case len(batch) == 1:
		out.fail(batch[0], refusedBy(batch[0], refusal))
	default:
		s.again(batch[:len(batch)/2], batch[len(batch)/2:])
	}
	if len(out.open(box.open)) > 0 || len(s.Added) > 0 {
		return durable.GoTo(stepApply).Noting("The Application Gateway refused the change: " + refusal.Sentence())
	}
	return durable.GoTo(stepAwait).Noting("The Application Gateway refused the change: " + refusal.Sentence())
}

// again puts parts of a batch before the parts that wait already.
func (s *State) again(parts ...[]post) {
	var groups [][]string
	for _, part := range parts {
		if len(part) > 0 {
			groups = append(groups, ids(part))
		}
	}
	s.Groups = append(groups, s.Groups...)
}

// add notes certificates that a write brought to the gateway.
func (s *State) add(names []string) {
	for _, name := range names {
		if !slices.Contains(s.Added, name) {
			s.Added = append(s.Added, name)
		}
	}
}

// blame finds whose certificates a refusal is about: posts of the batch, and
// names that belong to none of them.
func blame(doc *gatewaydoc.Document, refusal *appgateway.Refusal, batch []post) (mine []post, others []string) {
	for _, broken := range appgateway.BrokenCertificates(doc, refusal) {
		found := false
		for _, p := range batch {
			if strings.EqualFold(broken, hostname.GatewayCertificateName(p.Listener.Name)) || secretid.Same(broken, p.Listener.SecretID) {
				mine, found = append(mine, p), true
			}
		}
		if !found {
			others = append(others, broken)
		}
	}
	return mine, others
}

func refusedBy(p post, refusal *appgateway.Refusal) error {
	what := "the listener for " + p.Listener.Hostname
	switch {
	case p.ChallengePath:
		what = "the listener on port 80"
	case p.Point != nil:
		what = "the certificate entry " + p.Point.Entry
	case p.Retire:
		what = "the removal of " + p.Listener.Name
	}
	return &durable.Failure{Code: issuance.CodeGatewayRefused, Message: fmt.Sprintf("The Application Gateway refused %s (%s): %s", what, refusal.Code, refusal.Sentence())}
}

// brokenByOthers tells what to do about each certificate: one that nothing uses only
// has to go.
func brokenByOthers(doc *gatewaydoc.Document, certificates []string, refusal *appgateway.Refusal) error {
	var unused, used []string
	for _, name := range certificates {
		if doc.Lists(name) && doc.UserOf(name) == "" {
			unused = append(unused, name)
		} else {
			used = append(used, name)
		}
	}
	var fix []string
	if len(unused) > 0 {
		fix = append(fix, fmt.Sprintf("No listener uses %s: remove it from the gateway.", strings.Join(unused, ", ")))
	}
	if len(used) > 0 {
		fix = append(fix, fmt.Sprintf("Mend or remove %s.", strings.Join(used, ", ")))
	}
	return &durable.Failure{Code: issuance.CodeGatewayBrokenByOthers, Message: fmt.Sprintf(
		"The Application Gateway takes no change while a certificate that was on it before is broken: %s. %s Then ask again. The gateway says: %s",
		strings.Join(certificates, ", "), strings.Join(fix, " "), refusal.Sentence())}
}

package gatewaylane

import (
	"cmp"
	"maps"
	"slices"

	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// next chooses the posts of the next write: the first part of a batch that was
// split, or everything that waits.
func (s *State) next(box inbox) []post {
	for len(s.Groups) > 0 {
		if batch := box.pick(s.Groups[0]); len(batch) > 0 {
			return batch
		}
		s.Groups = s.Groups[1:]
	}
	return box.open[:min(len(box.open), maxBatch)]
}

// edit is a document with the changes of a batch in it.
type edit struct {
	doc     *gatewaydoc.Document
	changed bool
	batch   []post   // what the write is for: without the posts that got an answer
	added   []string // certificates that the document did not have
}

// prepare edits a copy of the document for the batch. Posts that cannot be met are
// answered; an error concerns the gateway as a whole.
func (l *Lane) prepare(s *State, doc *gatewaydoc.Document, batch []post, out *replies) (edit, error) {
	if err := doc.Writable(); err != nil {
		return edit{}, err
	}
	e := edit{doc: doc.Clone()}
	for _, name := range s.Added {
		if !slices.Contains(names(batch), name) {
			_, _ = e.doc.Remove(name, "") // what is in use by now stays
		}
	}
	concerned := map[string]bool{} // the names for which the document was edited
	problems := map[string]error{}
	for _, p := range sortOut(batch, out) {
		concerned[p.Listener.Name], problems[p.Listener.Name] = l.meet(e.doc, p)
	}
	for _, p := range batch {
		if problem := problems[p.Listener.Name]; problem != nil {
			out.fail(p, problem)
		}
	}
	e.changed = e.doc.Changed()
	failed := doc.Condition() == "Failed"
	for _, p := range out.open(batch) {
		// What stands does not share the fate of a write that is for others. In the
		// document of a failed gateway it may only seem to stand, so there it waits
		// for the next round, which sees what came of the write.
		apart := e.changed && !slices.Contains(s.Added, p.Listener.Name) && !concerned[p.Listener.Name] && l.met(doc, p)
		switch {
		case !apart:
			e.batch = append(e.batch, p)
		case !failed:
			l.done(out, doc, p)
		}
	}
	for _, p := range e.batch {
		if !p.Retire && !holds(doc, p) {
			e.added = append(e.added, p.Listener.Name)
		}
	}
	return e, nil
}

// meet edits the document as the post wants it. What only a person can mend is an
// error; it does not touch the others.
func (l *Lane) meet(doc *gatewaydoc.Document, p post) (changed bool, err error) {
	switch {
	case p.ChallengePath:
		return doc.WantChallengePath(l.settings)
	case p.Retire:
		return doc.Remove(p.Listener.Name, p.Listener.SecretID)
	case p.Point != nil:
		return doc.Point(*p.Point)
	}
	return doc.Want(p.Listener, l.settings)
}

// met reports whether the document shows what the post asked for.
func (l *Lane) met(doc *gatewaydoc.Document, p post) bool {
	switch {
	case p.ChallengePath:
		return doc.HasChallengePath(l.settings)
	case p.Retire:
		return doc.Released(p.Listener.Name, p.Listener.SecretID)
	case p.Point != nil:
		return doc.Points(*p.Point)
	}
	return doc.Has(p.Listener, l.settings)
}

// holds reports whether the document had what the post asks for, in whatever
// state, before this lane wrote.
func holds(doc *gatewaydoc.Document, p post) bool {
	if p.ChallengePath {
		return doc.HoldsChallengePath()
	}
	if p.Point != nil {
		return true // it adds nothing
	}
	return doc.HasCertificate(p.Listener.Name)
}

// sortOut makes one wish for each certificate, removals first. Of two that
// contradict each other the later one counts and the earlier one fails.
func sortOut(batch []post, out *replies) []post {
	last := map[string]post{}
	for _, p := range batch { // oldest first
		earlier, ok := last[p.Listener.Name]
		if ok && contradict(earlier, p) {
			for _, q := range batch {
				if q.Listener.Name == p.Listener.Name && contradict(q, p) && !q.PostedAt.After(p.PostedAt) {
					out.fail(q, &durable.Failure{Code: issuance.CodeGatewayRefused, Message: "A later request for " + p.Listener.Name + " took the place of this one."})
				}
			}
		}
		if ok && p.Listener.Refresh == "" && !contradict(earlier, p) {
			p.Listener.Refresh = earlier.Listener.Refresh
		}
		last[p.Listener.Name] = p
	}
	return slices.SortedFunc(maps.Values(last), func(a, b post) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.Listener.Name, b.Listener.Name))
	})
}

// order puts removals first, because they make room, and port 80 last: its own
// listener is left out of a full gateway before one with TLS is.
func order(p post) int {
	switch {
	case p.Retire:
		return 0
	case p.ChallengePath:
		return 2
	}
	return 1
}

func contradict(a, b post) bool {
	return a.Retire != b.Retire || a.Listener.Hostname != b.Listener.Hostname || !slices.Equal(a.Listener.Hostnames, b.Listener.Hostnames) || a.Listener.SecretID != b.Listener.SecretID
}

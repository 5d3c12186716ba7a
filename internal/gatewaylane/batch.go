package gatewaylane

import (
	"bytes"
	"slices"

	"certgate/internal/appgateway"
	"certgate/internal/durable"
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
	raw     []byte
	changed bool
	batch   []post   // what the write is for: without the posts that got an answer
	added   []string // certificates that the document did not have
}

// prepare edits the document for the batch. Posts that cannot be met are
// answered; an error concerns the gateway as a whole.
func (l *Lane) prepare(s *State, doc []byte, batch []post, out *replies) (edit, error) {
	wants, retired := sortOut(batch, out)
	leftovers := slices.DeleteFunc(slices.Clone(s.Added), func(name string) bool { return slices.Contains(names(batch), name) })
	raw, _, _, err := appgateway.Remove(doc, leftovers...) // what somebody uses by now stays
	if err != nil {
		return edit{}, err
	}
	raw, _, kept, err := appgateway.Remove(raw, retired...)
	if err != nil {
		return edit{}, err
	}
	raw, _, refused, err := appgateway.Apply(raw, wants, l.settings)
	if err != nil {
		return edit{}, err
	}
	if raw, err = l.leadFiles(raw, batch, out); err != nil {
		return edit{}, err
	}
	for _, p := range batch {
		problem := refused[p.Listener.Name]
		if p.Retire {
			problem = kept[p.Listener.Name]
		}
		if problem != nil {
			out.fail(p, problem)
		}
	}
	e := edit{raw: raw, changed: !bytes.Equal(raw, doc)}
	failed := appgateway.Condition(doc) == "Failed"
	for _, p := range out.open(batch) {
		// What stands does not share the fate of a write that is for others. In the
		// document of a failed gateway it may only seem to stand, so there it waits
		// for the next round, which sees what came of the write.
		apart := e.changed && !slices.Contains(s.Added, p.Listener.Name) && l.needsNothing(doc, p)
		switch {
		case !apart:
			e.batch = append(e.batch, p)
		case !failed:
			out.done(p)
		}
	}
	for _, p := range e.batch {
		if !p.Retire && !holds(doc, p) {
			e.added = append(e.added, p.Listener.Name)
		}
	}
	return e, nil
}

// needsNothing reports whether the document is as the post wants it already.
func (l *Lane) needsNothing(doc []byte, p post) bool {
	var changed bool
	var err error
	switch {
	case p.ChallengePath:
		_, changed, err = appgateway.ApplyChallengePath(doc, l.settings)
	case p.Retire:
		_, changed, _, err = appgateway.Remove(doc, p.Listener.Name)
	default:
		_, changed, _, err = appgateway.Apply(doc, []issuance.Listener{p.Listener}, l.settings)
	}
	return err == nil && !changed
}

// sortOut turns posts into wishes, one for each certificate. Of two that
// contradict each other the later one counts and the earlier one fails.
func sortOut(batch []post, out *replies) (wants []issuance.Listener, retired []string) {
	batch = slices.DeleteFunc(slices.Clone(batch), func(p post) bool { return p.ChallengePath })
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
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names(batch)))) {
		if p := last[name]; p.Retire {
			retired = append(retired, name)
		} else {
			wants = append(wants, p.Listener)
		}
	}
	return wants, retired
}

func contradict(a, b post) bool {
	return a.Retire != b.Retire || a.Listener.Hostname != b.Listener.Hostname || a.Listener.SecretID != b.Listener.SecretID
}

// met reports whether the document shows what the post asked for.
func (l *Lane) met(doc []byte, p post) bool {
	switch {
	case p.ChallengePath:
		return appgateway.ChallengePathStands(doc, l.settings)
	case p.Retire:
		return !appgateway.Holds(doc, p.Listener.Name)
	}
	return appgateway.Stands(doc, p.Listener)
}

package gatewaylane

import (
	"context"
	"errors"
	"sync"
	"time"

	"certgate/internal/appgateway"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

var _ issuance.ChallengePath = (*Lane)(nil)

// challengePathFor is how long it is remembered that the way to the validation
// files was seen standing. If it is taken away meanwhile, the look that follows
// says so.
const challengePathFor = 10 * time.Minute

// WantChallengePath asks for the way from port 80 to the validation files, with
// the rules of Want. Usually it stands, and then one read of the gateway, or none,
// is all: no mail, no round.
func (l *Lane) WantChallengePath(ctx context.Context, t durable.Turn) (bool, error) {
	if l.files.seen(t.Now) {
		return true, nil
	}
	if !t.Woken {
		doc, err := l.gateway.Read(ctx)
		if err != nil {
			return false, err
		}
		// While an update runs, and after one that failed, the document shows what
		// is wanted and not what is.
		if appgateway.Condition(doc.Raw) == "Succeeded" && appgateway.ChallengePathStands(doc.Raw, l.settings) {
			l.files.saw(t.Now)
			return true, nil
		}
	}
	stands, err := l.ask(ctx, t, request{Listener: issuance.Listener{Name: appgateway.ChallengePath}, ChallengePath: true, Message: t.Current()})
	if stands && err == nil {
		l.files.saw(t.Now)
	}
	return stands, err
}

// challengePathMemory is when the way was last seen standing by this process.
type challengePathMemory struct {
	mu sync.Mutex
	at time.Time
}

func (m *challengePathMemory) seen(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.at.IsZero() && now.Sub(m.at) < challengePathFor
}

func (m *challengePathMemory) saw(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = now
}

// leadFiles edits the document for the posts that want port 80. What only a
// person can mend is their answer; it does not touch the others.
func (l *Lane) leadFiles(doc []byte, batch []post, out *replies) ([]byte, error) {
	for _, p := range batch {
		if !p.ChallengePath {
			continue
		}
		edited, _, err := appgateway.ApplyChallengePath(doc, l.settings)
		var failure *durable.Failure
		switch {
		case errors.As(err, &failure):
			out.fail(p, failure)
		case err != nil:
			return nil, err
		default:
			doc = edited
		}
	}
	return doc, nil
}

// holds reports whether the document had what the post asks for, in whatever
// state, before this lane wrote.
func holds(doc []byte, p post) bool {
	if p.ChallengePath {
		return appgateway.HoldsChallengePath(doc)
	}
	return appgateway.Holds(doc, p.Listener.Name)
}

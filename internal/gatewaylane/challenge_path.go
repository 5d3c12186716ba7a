package gatewaylane

import (
	"context"
	"sync"
	"time"

	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
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
		if doc.Condition() == "Succeeded" && doc.Writable() == nil && doc.HasChallengePath(l.settings) {
			l.files.saw(t.Now)
			return true, nil
		}
	}
	a, err := l.ask(ctx, t, request{Listener: issuance.Listener{Name: gatewaydoc.ChallengePath}, ChallengePath: true, Message: t.Current()})
	if a.Done {
		l.files.saw(t.Now)
	}
	return a.Done, err
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

package cagate

import (
	"context"
	"time"
)

// Limits are the limits of the authority that hold now, by scope ("account" or
// "domain:example.com"), and until when. At most one read of the document in 30
// seconds, which orders share.
func (g *Gate) Limits(ctx context.Context) (map[string]time.Time, error) {
	here, shared, err := g.known(ctx)
	if err != nil {
		return nil, err
	}
	now, until := g.now(), map[string]time.Time{}
	for _, l := range []ledger{here, shared} {
		for scope, c := range l.Closed {
			if c.Until.After(now) && c.Until.After(until[scope]) {
				until[scope] = c.Until
			}
		}
	}
	return until, nil
}

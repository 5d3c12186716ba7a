package issuers

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/durable"
)

// standingWithin bounds the look at one authority.
const standingWithin = 10 * time.Second

// Standing is how things are with one issuer.
type Standing struct {
	Member
	acmeca.Description // what is known; nothing if the authority does not answer
	// Trouble is why something is not known: a sentence; "" if all is.
	Trouble string
	// Limits are those that hold up orders now, by scope, and until when.
	Limits map[string]time.Time
}

// Standings asks every authority, side by side, and changes nothing.
func (i *Issuers) Standings(ctx context.Context) []Standing {
	all := make([]Standing, len(i.members))
	var together sync.WaitGroup
	for n, m := range i.members {
		together.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, standingWithin)
			defer cancel()
			all[n].Member = m
			var err, limitsErr error
			all[n].Description, err = m.CA.Describe(ctx)
			all[n].Limits, limitsErr = m.Gate.Limits(ctx)
			if err = errors.Join(err, limitsErr); err != nil {
				all[n].Trouble = sentence(err)
			}
		})
	}
	together.Wait()
	return all
}

// sentence is an error as people may read it.
func sentence(err error) string {
	return cmp.Or(durable.Says(err), "Not everything could be read; the log has the reason.")
}

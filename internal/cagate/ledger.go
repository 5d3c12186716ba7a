package cagate

import (
	"maps"
	"slices"
	"strings"
	"time"

	"certgate/internal/issuance"
)

// ledger is the document: what is known of one authority's limits. What others
// may hold is never changed; whoever changes it works on a clone.
type ledger struct {
	// Closed has the limits that were met, by scope.
	Closed map[string]closure `json:"closed,omitempty"`
	// Failed has the failed validations of the last hour, by hostname, oldest first.
	Failed map[string][]failure `json:"failed,omitempty"`
}

// closure is a limit that was met.
type closure struct {
	Until time.Time `json:"until"`
	Says  string    `json:"says,omitempty"` // the authority's words
	// Times counts how often it was met in a row, not more than again apart.
	Times int `json:"times"`
}

// failure is one validation that the authority could not do.
type failure struct {
	At time.Time `json:"at"`
	// Of is a short hash of the authorization, so that it counts once.
	Of string `json:"of"`
}

const (
	// maxFailures in failureWindow is what certgate allows itself. Let's Encrypt
	// allows 5 per hostname, account and hour; the rest is for what another process
	// has not read of yet.
	maxFailures   = 3
	failureWindow = time.Hour
	// again is how soon a limit that is met once more counts as the same.
	again = time.Hour
	// maxGuess is the longest wait for a limit that names no time.
	maxGuess = 30 * time.Minute
	// maxHostnames keeps the document far below what a row takes.
	maxHostnames = 2000
)

const scopeAccount = "account"

func scopeDomain(domain string) string { return "domain:" + domain }

// identifier is how an authority counts a name: a wildcard under its domain.
func identifier(hostname string) string { return strings.TrimPrefix(hostname, "*.") }

// close notes a limit; it reports whether that is news.
func (l *ledger) close(scope string, until time.Time, says string, now time.Time) bool {
	before, known := l.Closed[scope]
	if known && !until.After(before.Until) {
		return false
	}
	c := closure{Until: until, Says: says, Times: 1}
	if known && now.Sub(before.Until) < again {
		c.Times = before.Times
		if now.After(before.Until) || now.Equal(before.Until) { // met again, not just seen by two at once
			c.Times++
		}
	}
	if l.Closed == nil {
		l.Closed = map[string]closure{}
	}
	l.Closed[scope] = c
	return true
}

// fail notes a failed validation; it reports whether that is news.
func (l *ledger) fail(hostname, of string, now time.Time) bool {
	failures := l.Failed[hostname]
	if slices.ContainsFunc(failures, func(f failure) bool { return f.Of == of }) {
		return false
	}
	if l.Failed == nil {
		l.Failed = map[string][]failure{}
	}
	l.Failed[hostname] = append(slices.Clone(failures), failure{At: now, Of: of})
	return true
}

// closedFor is the limit that holds a request up the longest; ok is false if none
// does. Limits of domains do not concern renewals that say what they replace:
// those are exempt (Let's Encrypt, "Limit Exemptions for Renewals"), and must not
// starve behind the new names of a busy domain.
func (l ledger) closedFor(r issuance.OrderRequest, now time.Time) (longest closure, ok bool) {
	for scope, c := range l.Closed {
		domain, isDomain := strings.CutPrefix(scope, scopeDomain(""))
		concerns := !isDomain || r.Replaces == "" && slices.ContainsFunc(r.Hostnames, func(h string) bool {
			return identifier(h) == domain || strings.HasSuffix(h, "."+domain)
		})
		if concerns && c.Until.After(now) && c.Until.After(longest.Until) {
			longest, ok = c, true
		}
	}
	return longest, ok
}

// failedFor is the hostname of a request that must wait for the longest because
// of failed validations, and until when.
func (l ledger) failedFor(r issuance.OrderRequest, now time.Time) (hostname string, until time.Time) {
	for _, h := range r.Hostnames {
		recent := l.recent(identifier(h), now)
		if len(recent) < maxFailures {
			continue
		}
		// Open again when only maxFailures-1 are within the window.
		if t := recent[len(recent)-maxFailures].At.Add(failureWindow); t.After(until) {
			hostname, until = identifier(h), t
		}
	}
	return hostname, until
}

func (l ledger) recent(hostname string, now time.Time) []failure {
	all := l.Failed[hostname]
	for i, f := range all {
		if now.Sub(f.At) < failureWindow {
			return all[i:]
		}
	}
	return nil
}

func (l ledger) clone() ledger {
	return ledger{Closed: maps.Clone(l.Closed), Failed: maps.Clone(l.Failed)}
}

// prune forgets what is over, and the oldest of too many hostnames.
func (l *ledger) prune(now time.Time) {
	maps.DeleteFunc(l.Closed, func(_ string, c closure) bool { return now.Sub(c.Until) >= again })
	for hostname := range l.Failed {
		if recent := l.recent(hostname, now); len(recent) > 0 {
			l.Failed[hostname] = recent
		} else {
			delete(l.Failed, hostname)
		}
	}
	if len(l.Failed) <= maxHostnames {
		return
	}
	last := func(h string) time.Time { f := l.Failed[h]; return f[len(f)-1].At }
	names := slices.SortedFunc(maps.Keys(l.Failed), func(a, b string) int { return last(a).Compare(last(b)) })
	for _, h := range names[:len(names)-maxHostnames] {
		delete(l.Failed, h)
	}
}

// spread is over how much time those that wait for a limit come back: all at
// once they would meet it again together. It doubles each time that happens.
func (c closure) spread() time.Duration {
	return min(10*time.Second<<min(max(c.Times-1, 0), 10), 30*time.Minute)
}

// guess is how long to wait for a limit that names no time: twice as long each
// time that it is met again, as it has just been.
func (l ledger) guess(scope string, now time.Time) time.Duration {
	c, known := l.Closed[scope]
	if !known || now.Sub(c.Until) >= again {
		return issuance.LimitWithoutTime
	}
	times := c.Times
	if now.Before(c.Until) { // met by several at once
		times--
	}
	return min(issuance.LimitWithoutTime<<min(max(times, 0), 10), maxGuess)
}

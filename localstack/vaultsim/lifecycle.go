package vaultsim

import (
	"strings"
	"time"
)

// lifecycle is where a name stands between being there and being purged.
// Every change takes time to settle: until then reads do not find the name in
// its new place, and nothing else can be done to it.
type lifecycle struct {
	Change  change    `json:"change,omitempty"` // the last one; "" for none
	Settles time.Time `json:"settles,omitzero"`
	Deleted time.Time `json:"deleted,omitzero"`
	Purges  time.Time `json:"purges,omitzero"` // when a deleted name ends by itself
}

type change string

const (
	deletion change = "deletion"
	recovery change = "recovery"
	purging  change = "purge"
)

// defaultRetention is how long a deleted name can be recovered, unless another
// time was chosen for the vault.
const defaultRetention = 90 * 24 * time.Hour

func (l *lifecycle) begin(c change, call *call, takes time.Duration) {
	l.Change, l.Settles = c, call.now.Add(takes)
	if c == deletion {
		l.Deleted, l.Purges = call.now, call.now.Add(call.retention)
	}
}

func (l *lifecycle) settled(now time.Time) bool { return !now.Before(l.Settles) }

// live: the name is in use and can be read.
func (l *lifecycle) live(now time.Time) bool {
	return l.Change == "" || l.Change == recovery && l.settled(now)
}

// recoverable: the name is soft-deleted and can be read as such.
func (l *lifecycle) recoverable(now time.Time) bool {
	return l.Change == deletion && l.settled(now) && now.Before(l.Purges)
}

// gone: nothing is left, the name is free.
func (l *lifecycle) gone(now time.Time) bool {
	return l.Change == purging && l.settled(now) || l.Change == deletion && !now.Before(l.Purges)
}

// taken is why a name cannot get a new version; nil if it is live.
func (l *lifecycle) taken(noun, name string, now time.Time) error {
	switch {
	case l.live(now):
		return nil
	case l.recoverable(now):
		return conflict("ObjectIsDeletedButRecoverable", "%s %s is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the %s can only be recovered or purged.", capital(noun), name, noun)
	case l.Change == recovery:
		return conflict("ObjectIsBeingRecovered", "%s %s is currently being recovered.", capital(noun), name)
	case l.Change == purging:
		return conflict("ObjectIsBeingPurged", "%s %s is currently being purged.", capital(noun), name)
	}
	return conflict("ObjectIsBeingDeleted", "%s %s is currently being deleted.", capital(noun), name)
}

func capital(noun string) string { return strings.ToUpper(noun[:1]) + noun[1:] }

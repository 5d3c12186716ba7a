package vaultsim

import "time"

// lifecycle is where a name stands between being there and being purged.
// Every change takes time to settle: until then reads do not find the name in
// its new place, and nothing else can be done to it.
type lifecycle struct {
	Change  change    `json:"change,omitempty"` // the last one; "" for none
	Settles time.Time `json:"settles,omitzero"`
	Deleted time.Time `json:"deleted,omitzero"`
}

type change string

const (
	deletion change = "deletion"
	recovery change = "recovery"
	purging  change = "purge"
)

// retention is how long a deleted name can be recovered (service default).
const retention = 90 * 24 * time.Hour

func (l *lifecycle) begin(c change, now time.Time, takes time.Duration) {
	l.Change, l.Settles = c, now.Add(takes)
	if c == deletion {
		l.Deleted = now
	}
}

func (l *lifecycle) settled(now time.Time) bool { return !now.Before(l.Settles) }

// live: the name is in use and can be read.
func (l *lifecycle) live(now time.Time) bool {
	return l.Change == "" || l.Change == recovery && l.settled(now)
}

// recoverable: the name is soft-deleted and can be read as such.
func (l *lifecycle) recoverable(now time.Time) bool {
	return l.Change == deletion && l.settled(now) && now.Before(l.Deleted.Add(retention))
}

// gone: nothing is left, the name is free.
func (l *lifecycle) gone(now time.Time) bool {
	return l.Change == purging && l.settled(now) || l.Change == deletion && !now.Before(l.Deleted.Add(retention))
}

// taken is why a name cannot get a new version; nil if it is live.
func (l *lifecycle) taken(name string, now time.Time) error {
	switch {
	case l.live(now):
		return nil
	case l.recoverable(now):
		return conflict("ObjectIsDeletedButRecoverable", "%s is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the object can only be recovered or purged.", name)
	case l.Change == recovery:
		return conflict("ObjectIsBeingRecovered", "%s is currently being recovered.", name)
	case l.Change == purging:
		return conflict("ObjectIsBeingPurged", "%s is currently being purged.", name)
	}
	return conflict("ObjectIsBeingDeleted", "%s is currently being deleted.", name)
}

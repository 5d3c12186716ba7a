package inventory

import "time"

// Alarm is a trouble that people are told of once, and once more when it is over. The
// words are stored.
type Alarm string

const (
	NoAlarm       Alarm = ""
	AlarmExpired  Alarm = "expired"
	AlarmSoon     Alarm = "expiringSoon"
	AlarmExpiring Alarm = "expiring"
	AlarmLate     Alarm = "late"
	AlarmBlocked  Alarm = "blocked"
	AlarmDead     Alarm = "dead"
	AlarmWrong    Alarm = "wrongName"
	AlarmReverted Alarm = "reverted"
	AlarmContest  Alarm = "contested"
)

const (
	// warnBefore is how long before its end a certificate without a way of renewal is
	// told of, or a third of its life if that is less; and again at a twentieth.
	warnBefore = 30 * 24 * time.Hour
	warnPart   = 3
	// againPart is a twentieth; warnAgain is for a life that is not known.
	againPart = 20
	warnAgain = 3 * 24 * time.Hour
)

// AlarmNow is what people have to know of the row. What certgate manages is the
// watchdog's to tell of, except that a renewal cannot reach the gateway.
func (r *Stored) AlarmNow(now time.Time) Alarm {
	switch r.State {
	case Dead:
		return AlarmDead
	case WrongName:
		return AlarmWrong
	case Expired:
		return AlarmExpired
	case Reverted:
		return AlarmReverted
	case Contested:
		return AlarmContest
	case Late:
		return AlarmLate
	case Blocked, Unattended, Watched, NotKnown:
		if soon := r.expiring(now); soon != NoAlarm {
			return soon
		}
		if r.State == Blocked {
			return AlarmBlocked
		}
	}
	return NoAlarm
}

func (r *Stored) expiring(now time.Time) Alarm {
	end := r.Ends()
	if end.IsZero() || r.Kind == KindEntry || r.ManagedCertificate != "" {
		return NoAlarm
	}
	before, again := warnBefore, warnAgain
	if c := r.Certificate; c != nil && !c.NotBefore.IsZero() {
		life := c.NotAfter.Sub(c.NotBefore)
		before, again = min(before, life/warnPart), life/againPart
	}
	switch left := end.Sub(now); {
	case left <= min(again, before):
		return AlarmSoon
	case left <= before:
		return AlarmExpiring
	}
	return NoAlarm
}

const (
	checkEvery = 24 * time.Hour
	// closeLook is the part of its life below which a row is looked at in each walk.
	closeLook = 10
)

// DueFor reports whether a walk has to look at the row anew: each while something is
// wrong or little of the life is left, else once a day, and when the gateway's document
// says something else than it did.
func (r *Stored) DueFor(fresh *Stored, now time.Time) bool {
	if r.State.Needs() || r.Alarm != NoAlarm || r.Trouble == NoAnswer || now.Sub(r.CheckedAt) >= checkEvery {
		return true
	}
	if c := r.Certificate; c != nil && !c.NotBefore.IsZero() && r.Ends().Sub(now) < c.NotAfter.Sub(c.NotBefore)/closeLook {
		return true
	}
	return fresh.facts() != r.facts()
}

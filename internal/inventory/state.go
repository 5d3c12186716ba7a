package inventory

// State is how a listener's certificate fares, in one word. The words are stored and
// published.
type State string

const (
	Expired    State = "expired"
	Dead       State = "dead"       // clients get no certificate
	WrongName  State = "wrongName"  // the one that they get is for others
	Reverted   State = "reverted"   // something has put the former certificate back
	Contested  State = "contested"  // another manager has come back to what certgate took over
	Blocked    State = "blocked"    // a renewal will not reach the gateway
	Late       State = "late"       // whoever renews it should have by now
	Unattended State = "unattended" // nobody is known to renew it
	NotKnown   State = "unknown"
	Elsewhere  State = "elsewhere" // somebody else renews it, in time
	Watched    State = "watched"   // nothing is to be done until it ends
	IsManaged  State = "managed"   // certgate's own
)

// States lists them, the worst first.
func States() []State {
	return []State{Expired, Dead, WrongName, Reverted, Contested, Blocked, Late, Unattended, NotKnown, Elsewhere, Watched, IsManaged}
}

// Says is what is wrong with a thing in the state, after its name in a sentence; ""
// where nothing needs to be done.
func (s State) Says() string {
	switch s {
	case Expired:
		return "has expired"
	case Dead:
		return "gives clients no certificate"
	case WrongName:
		return "shows a certificate for other names"
	case Reverted:
		return "has its former certificate again"
	case Contested:
		return "is renewed by another tool as well"
	case Blocked:
		return "will not get its renewal"
	case Late:
		return "should have been renewed by now"
	}
	return ""
}

// Needs reports whether somebody has to do something.
func (s State) Needs() bool { return s.Says() != "" }

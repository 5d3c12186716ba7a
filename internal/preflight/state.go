package preflight

// State is a finding in one word. The words are published.
type State string

const (
	Fine     State = "fine"
	Mend     State = "mend"     // somebody has to change something
	NoAnswer State = "noAnswer" // who had to be asked does not answer, or is not reached
	Later    State = "later"    // it cannot be known yet: that is no fault
)

// States lists them.
func States() []State { return []State{Fine, Mend, NoAnswer, Later} }

// Group is the part of the set-up that a check belongs to. The words are
// published.
type Group string

const (
	groupGateway   Group = "Gateway"
	groupChallenge Group = "Challenge"
	groupVault     Group = "Key Vault"
	groupAuthority Group = "Authority"
	groupEngine    Group = "Engine"
	groupHostname  Group = "Hostname"
)

// Groups lists them, in the order in which people read them.
func Groups() []Group {
	return []Group{groupGateway, groupChallenge, groupVault, groupAuthority, groupEngine, groupHostname}
}

// standing is the state of a verdict.
func (v verdict) standing() State {
	switch {
	case v.state != "":
		return v.state
	case v.ok == nil:
		return Later
	case *v.ok:
		return Fine
	}
	return Mend
}

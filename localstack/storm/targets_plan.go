package storm

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// Trouble is what is wrong with the targets of a certificate: with what serves it besides
// the gateway.
type Trouble string

const (
	// Late: each target serves a version some seconds after it is there, two of them
	// because a service of Azure was told.
	Late Trouble = "late"
	// Forbids: the service that is to be told refuses.
	Forbids Trouble = "forbids"
	// Behind: the target goes on with the version that it had first.
	Behind Trouble = "behind"
)

// domain is where the hostnames of a trouble are: by it the settings know their targets.
func (t Trouble) domain() string { return string(t) + ".test" }

// leastBehind is the size of the smallest storm with a target that stays behind: only after
// a minute, the least that the settings can say, is that a failure.
const leastBehind = 20

// giveTargets draws which of the lives have targets: some of those with a hostname alone,
// at least one. It leaves everything else as it is.
func giveTargets(r *rand.Rand, all []Life, n int) {
	given := false
	for i := range all {
		life := &all[i]
		if life.Begins != Single || len(life.Refused) > 0 || life.TerminateIn != "" || given && r.IntN(2) == 0 {
			continue
		}
		host := life.Hostnames[0]
		acts := life.Acts[host]
		switch renewed := slices.Contains(acts, Renew) || slices.Contains(acts, Suggested) || slices.Contains(acts, RevokePrevious); {
		case renewed && !retires(acts) && n >= leastBehind:
			life.Targets = Behind
		case given && r.IntN(3) == 0:
			life.Targets = Forbids
		default:
			life.Targets = Late
		}
		given = true
		name, _, _ := strings.Cut(host, ".")
		life.Hostnames[0] = name + "." + life.Targets.domain()
		delete(life.Acts, host)
		life.Acts[life.Hostnames[0]] = acts
	}
}

package challengedns

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"certgate/internal/dnsproviders/accounts"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

const (
	// standingWithin bounds a look at everything; what was not looked at by then is said.
	standingWithin = 20 * time.Second
	// zonesAtOnce is how many zones of an account are looked at side by side.
	zonesAtOnce = 8
)

// Standing is how things are with one account.
type Standing struct {
	Account string
	Trouble string // why its zones are not known: a sentence; "" if they are
	Zones   []ZoneStanding
}

// ZoneStanding is how things are with a zone of an account.
type ZoneStanding struct {
	ID, Name    string
	NameServers []string // the provider's; none if it does not tell
	Public      []string // those of public DNS, if the provider tells its own
	Problems    []Problem
}

// Problem is what keeps a zone from proving hostnames.
type Problem struct {
	Code string // that a request would fail with; "" for what could not be learnt
	Says string
}

// Standings looks at every zone of every account and changes nothing. The lists of zones
// are some minutes old at most. It is in the order of the settings.
func (d *DNS) Standings(ctx context.Context) []Standing {
	ctx, cancel := context.WithTimeout(ctx, standingWithin)
	defer cancel()
	all := make([]Standing, len(d.accounts))
	var together sync.WaitGroup
	for i, a := range d.accounts {
		together.Go(func() { all[i] = d.standing(ctx, a) })
	}
	together.Wait()
	return all
}

func (d *DNS) standing(ctx context.Context, a *account) Standing {
	s := Standing{Account: a.Name}
	zones, err := a.Zones(ctx)
	if err != nil {
		s.Trouble = sentence(err)
		return s
	}
	s.Zones = make([]ZoneStanding, len(zones))
	holder := accounts.New(d.resolver, accounts.Named{Name: a.Name, Account: a})
	var group errgroup.Group
	group.SetLimit(zonesAtOnce)
	for i, z := range zones {
		group.Go(func() error {
			s.Zones[i] = d.zoneStanding(ctx, a, holder, accounts.Held{Account: a.Name, Zone: z})
			return nil
		})
	}
	_ = group.Wait() // none of them fails: what is wrong is in the zone
	return s
}

// zoneStanding asks all questions, whatever the answer to the others is.
func (d *DNS) zoneStanding(ctx context.Context, a *account, holder *accounts.Accounts, h accounts.Held) ZoneStanding {
	bogus, bogusErr := d.resolver.Bogus(ctx, h.Zone.Name)
	zone, public, led, err := holder.Led(ctx, h)
	s := ZoneStanding{ID: zone.ID, Name: zone.Name, NameServers: zone.NameServers, Public: public}
	switch {
	case bogus: // resolvers do not say either where such a zone leads
		s.add(bogusZone(zone.Name))
	case err != nil:
		s.unknown("whether public DNS leads to the zone", err)
	case !led:
		s.add(notLed(zone.NameServers, public))
	}
	if bogusErr != nil {
		s.unknown("whether its DNSSEC signatures are right", bogusErr)
	}
	if a.Lacks == nil {
		return s
	}
	switch lacks, err := a.Lacks(ctx, zone); {
	case err != nil:
		s.unknown("whether certgate may write there", err)
	case len(lacks) > 0:
		s.add(mayNot(lacks))
	}
	return s
}

func (s *ZoneStanding) add(f *durable.Failure) {
	s.Problems = append(s.Problems, Problem{f.Code, f.Message})
}

func (s *ZoneStanding) unknown(what string, err error) {
	s.Problems = append(s.Problems, Problem{Says: "It is not known now " + what + ". " + sentence(err)})
}

func notLed(own, public []string) *durable.Failure {
	return &durable.Failure{Code: issuance.CodeDNSZoneNotFound, Message: fmt.Sprintf(
		"What is written there would not be seen: the zone has the name servers %s, public DNS has %s. Delegate it to the former, or remove the zone that is not in use.",
		strings.Join(own, ", "), cmp.Or(strings.Join(public, ", "), "none"))}
}

func mayNot(lacks []string) *durable.Failure {
	return &durable.Failure{Code: issuance.CodeDNSAccessDenied, Message: fmt.Sprintf(
		"The app's identity lacks %s on the zone. Give it the role DNS Zone Contributor there; a new assignment takes some minutes.", strings.Join(lacks, ", "))}
}

// sentence is an error as people may read it.
func sentence(err error) string {
	return cmp.Or(durable.Says(err), "It could not be asked, or did not answer in time.")
}

package storm

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/localstack/funchost"
)

// drawn is what a plan decides, its streams as the fates of their first calls.
type drawn struct {
	Lives                   []Life
	Storage, Vault, ARM, CA []Mishap
	Deliveries              []funchost.Delivery
	RateLimits              []uint64
	Kills                   []Kill
	Restarts                []Restart
	Intrusions              []Intrusion
	Outages                 []Outage
}

func draw(p Plan) drawn {
	d := drawn{Lives: p.Lives, RateLimits: p.RateLimits, Kills: p.Kills, Restarts: p.Restarts, Intrusions: p.Intrusions, Outages: p.Outages}
	for n := range uint64(1500) {
		d.Storage, d.Vault = append(d.Storage, p.Storage.At(n)), append(d.Vault, p.Vault.At(n))
		d.ARM, d.CA = append(d.ARM, p.ARM.At(n)), append(d.CA, p.CA.At(n))
		d.Deliveries = append(d.Deliveries, p.Deliveries.At(n))
	}
	return d
}

func TestTheSameSeedGivesTheSamePlan(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 30, 200, 1000} {
		if diff := cmp.Diff(draw(New(7, n)), draw(New(7, n))); diff != "" {
			t.Errorf("n=%d: two plans of one seed differ:\n%s", n, diff)
		}
	}
}

func TestAnotherSeedGivesAnotherPlanInEveryPart(t *testing.T) {
	t.Parallel()
	a, b := draw(New(7, 200)), draw(New(8, 200))
	for part, same := range map[string]bool{
		"lives": cmp.Equal(a.Lives, b.Lives), "storage": cmp.Equal(a.Storage, b.Storage), "vault": cmp.Equal(a.Vault, b.Vault),
		"arm": cmp.Equal(a.ARM, b.ARM), "ca": cmp.Equal(a.CA, b.CA), "deliveries": cmp.Equal(a.Deliveries, b.Deliveries),
		"kills": cmp.Equal(a.Kills, b.Kills), "restarts": cmp.Equal(a.Restarts, b.Restarts), "intrusions": cmp.Equal(a.Intrusions, b.Intrusions),
		"outages": cmp.Equal(a.Outages, b.Outages),
	} {
		if same {
			t.Errorf("%s are the same for two seeds", part)
		}
	}
	if cmp.Equal(a.Vault, a.ARM) {
		t.Error("two services share one stream")
	}
}

func TestAPlanAsksForEverythingAndHasEveryKindOfTrouble(t *testing.T) {
	t.Parallel()
	p := New(1, 1000)
	seen := map[any]bool{}
	asked := 0
	for _, life := range p.Lives {
		asked += life.instances()
		seen[life.Begins] = true
		seen[life.Targets] = true
		seen["terminated"] = seen["terminated"] || life.TerminateIn != ""
		for _, why := range life.Refused {
			seen[why] = true
		}
		for _, acts := range life.Acts {
			for _, act := range acts {
				seen[act] = true
			}
		}
	}
	for _, k := range p.Kills {
		seen[k.At] = true
	}
	for _, r := range p.Restarts {
		seen[r.What] = true
	}
	for _, o := range p.Outages {
		seen[o.Of] = true
		if o.For < time.Minute || o.For > 2*time.Minute {
			t.Errorf("%s is away for %s, want minutes", o.Of, o.For)
		}
	}
	for _, i := range p.Intrusions {
		seen[i.Manner] = true
	}
	for _, want := range []any{Single, Many, Uploaded, San, Wildcard, TakeOver, Late, Forbids, Behind, "terminated", Elsewhere, Forbidden, Renew, Suggested, RevokeNewest, RevokePrevious,
		Retire, RetireRevoked, BeforeRow, AfterRow, BeforePut, AfterPut, BeforeCall, AfterCall, Writing, TheHost, TheStorage, Fresh, Stale,
		Storage, Vault, ARM, Authority, Names} {
		if !seen[want] {
			t.Errorf("a storm of 1000 has no %v", want)
		}
	}
	if asked < 1000 || asked > 1010 {
		t.Errorf("a storm of 1000 asks for %d instances", asked)
	}
	if !slices.IsSortedFunc(p.Kills, func(a, b Kill) int { return a.AfterSteps - b.AfterSteps }) {
		t.Error("kills are not in the order of steps")
	}
	if !slices.IsSortedFunc(p.Outages, func(a, b Outage) int { return a.AfterSteps - b.AfterSteps }) {
		t.Error("outages are not in the order of steps")
	}
}

// A gateway takes 100 active listeners: the lives that never leave it must leave
// room for those that come and go, or a storm would wait for itself.
func TestAPlanLeavesRoomOnTheGateway(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		staying, largest := 0, 0
		for _, life := range New(seed, 1000).Lives {
			largest = max(largest, len(life.Hostnames)-len(life.Refused))
			for _, host := range life.Hostnames {
				if life.Refused[host] == "" && !retires(life.Acts[life.namer(host)]) {
					staying++
				}
			}
		}
		if staying > stayers+largest || staying+2*largest > room {
			t.Errorf("seed %d: %d hostnames stay, of %d places; one life takes up to %d", seed, staying, room, largest)
		}
	}
}

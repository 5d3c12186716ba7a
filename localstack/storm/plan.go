package storm

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// Plan is everything that a storm asks for and everything that goes wrong in it.
// Two plans of the same seed and size are the same.
type Plan struct {
	Seed  uint64
	Lives []Life

	// The fates of calls. Storage is for each kind of call of the handler and the
	// host, the others for calls of the handler.
	Storage, Vault, ARM, CA Stream
	// Deliveries is the fate of queue messages, by their number.
	Deliveries Deliveries
	// RateLimits are the numbers of calls for new orders that the CA answers with
	// a limit of the whole account. They are few: certgate spreads those that wait
	// over a time that doubles with each.
	RateLimits []uint64

	// What happens when so many steps have been stored, in that order.
	Kills    []Kill
	Restarts []Restart
	Outages  []Outage
	// Intrusions are by the number of the handler's own writes of the gateway.
	Intrusions []Intrusion
}

// Moment is where the handler is killed.
type Moment string

const (
	BeforeRow  Moment = "before a row is stored"
	AfterRow   Moment = "after a row is stored"
	BeforePut  Moment = "before a message is sent"
	AfterPut   Moment = "after a message is sent"
	BeforeCall Moment = "before a call reaches vault, ARM or CA"
	AfterCall  Moment = "after vault, ARM or CA have acted"
	// Writing is rare: every instance then waits for two minutes.
	Writing Moment = "while the gateway's writer has its lease"
)

// often are the moments of most kills.
var often = []Moment{BeforeRow, AfterRow, BeforePut, AfterPut, BeforeCall, AfterCall}

// Kill ends the handler with SIGKILL at the first such moment after the step.
type Kill struct {
	AfterSteps int
	At         Moment
}

// Victim is what a Restart restarts.
type Victim string

const (
	TheHost    Victim = "the Functions host with the handler"
	TheStorage Victim = "the storage emulator"
)

// Restart stops something and starts it again.
type Restart struct {
	AfterSteps int
	What       Victim
}

// Service is what an Outage is of.
type Service string

const (
	Storage   Service = "storage"
	Vault     Service = "Key Vault"
	ARM       Service = "Resource Manager"
	Authority Service = "the authority"
	Names     Service = "DNS"
)

// Outage is a service that is away as a whole for a while. One that Refuses answers
// 503 in its place; otherwise connections break, or there is no answer. Storage never
// answers: its emulator is stopped.
type Outage struct {
	AfterSteps int
	Of         Service
	For        time.Duration
	Refuses    bool
}

// Manner is how another tool writes the gateway.
type Manner string

const (
	// Fresh reads the gateway and writes it with a change of its own: while an
	// update of certgate runs, that supersedes it.
	Fresh Manner = "reads, then writes"
	// Stale writes what the gateway was before certgate's update, and so undoes
	// it while it runs.
	Stale Manner = "writes what it had read before"
)

// Intrusion is a write of the gateway by another tool.
type Intrusion struct {
	AtWrite int // of the handler, 1 is the first
	Manner  Manner
}

// stepsPerLife is about how many steps one planned instance stores; plans spread
// their blows over that many.
const stepsPerLife = 9

// New makes the plan of a storm with n instances.
func New(seed uint64, n int) Plan {
	p := Plan{
		Seed:  seed,
		Lives: lives(source(seed, "lives"), n),
		Storage: Stream{of(seed, "storage"), []share{
			{8, refuse(http.StatusServiceUnavailable, http.StatusTooManyRequests)}, {8, refuse(http.StatusPreconditionFailed)},
			{5, lost}, {8, answerLost}, {10, slow}}},
		Vault: Stream{of(seed, "vault"), []share{
			{20, refuse(http.StatusServiceUnavailable, http.StatusInternalServerError)}, {15, refuseUntil(http.StatusTooManyRequests)},
			{8, refuse(http.StatusConflict)}, {10, lost}, {20, answerLost}, {20, slow}}},
		ARM: Stream{of(seed, "arm"), []share{
			{20, refuse(http.StatusServiceUnavailable, http.StatusTooManyRequests)}, {15, refuse(http.StatusConflict)},
			{15, refuse(http.StatusPreconditionFailed)}, {10, lost}, {25, answerLost}, {20, slow}}},
		CA: Stream{of(seed, "ca"), []share{
			{20, refuse(http.StatusServiceUnavailable, http.StatusInternalServerError)},
			{10, lost}, {20, answerLost}, {20, slow}}},
		Deliveries: Deliveries{of(seed, "deliveries")},
	}
	giveTargets(source(seed, "targets"), p.Lives, n)
	steps := n * stepsPerLife
	r := source(seed, "blows")
	for at := 10 + r.IntN(20); at < steps; at += 15 + r.IntN(30) {
		p.Kills = append(p.Kills, Kill{AfterSteps: at, At: often[r.IntN(len(often))]})
	}
	for range n / 150 {
		p.Kills = append(p.Kills, Kill{AfterSteps: r.IntN(steps), At: Writing})
	}
	slices.SortStableFunc(p.Kills, func(a, b Kill) int { return a.AfterSteps - b.AfterSteps })
	every := max(steps/(2+n/100), 60)
	for at, i := every/3+r.IntN(every/3), 0; at < steps; at, i = at+every/2+r.IntN(every/2), i+1 {
		p.Restarts = append(p.Restarts, Restart{AfterSteps: at, What: []Victim{TheStorage, TheHost}[i%2]})
	}
	p.Outages = outages(source(seed, "outages"), n, steps)
	for at := 1 + r.IntN(2); at < 1000; at += 2 + r.IntN(5) {
		p.Intrusions = append(p.Intrusions, Intrusion{AtWrite: at, Manner: []Manner{Fresh, Stale}[r.IntN(2)]})
	}
	for range min(1+n/60, 3) {
		p.RateLimits = append(p.RateLimits, uint64(5+r.IntN(max(n/2, 5))))
	}
	return p
}

// outages has each service away once, one after the other: for one to two minutes, or
// for some seconds in a storm that is small.
func outages(r *rand.Rand, n, steps int) (all []Outage) {
	services := []Service{Storage, Vault, ARM, Authority, Names}
	r.Shuffle(len(services), func(i, j int) { services[i], services[j] = services[j], services[i] })
	unit := time.Second
	if n < 100 {
		unit = time.Second / 15 // 4 to 8 seconds
	}
	part := steps / len(services)
	for i, service := range services {
		all = append(all, Outage{AfterSteps: i*part + r.IntN(max(part, 1)), Of: service, For: time.Duration(60+r.IntN(60)) * unit, Refuses: r.IntN(2) == 0})
	}
	return all
}

// of is the seed of one part of a plan, so that a change in one leaves the others.
func of(seed uint64, part string) uint64 {
	h := seed
	for _, c := range []byte(part) {
		h = (h ^ uint64(c)) * 0x100000001b3 // FNV-1a
	}
	return h
}

func source(seed uint64, part string) *rand.Rand { return rand.New(rand.NewPCG(seed, of(seed, part))) }

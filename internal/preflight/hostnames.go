package preflight

import (
	"context"
	"slices"
	"sync"
	"time"

	"certgate/internal/issuance"
)

const (
	// MaxHostnames is how many hostnames one look takes.
	MaxHostnames = 100
	// hostnamesAtOnce bounds the questions to DNS, vault and gateway at one time.
	hostnamesAtOnce = 20
	// lookFor is how long hostnames are begun with: with the time of one check
	// (DefaultTimeout) the answer comes within 30 s. Static Web Apps waits 45.
	lookFor = 18 * time.Second
)

// HostnamesReport is what a look at several hostnames found. Its members are
// published.
type HostnamesReport struct {
	Hostnames []HostnameReport `json:"hostnames"` // in the order of the request
	// Room is nil if the gateway could not be read.
	Room *Room `json:"room"`
}

// HostnameReport is what was found of one hostname.
type HostnameReport struct {
	Hostname string `json:"hostname"`
	// Looked is false if there was no time left for it: then nothing else is known.
	Looked bool `json:"looked"`
	// Ready says that a certificate could be requested now: no check says that
	// something has to be mended, and none is without an answer.
	Ready       bool      `json:"ready"`
	Checks      []Finding `json:"checks"`
	DNS         *DNS      `json:"dns,omitempty"`
	Proof       *Proof    `json:"proof,omitempty"`
	Certificate *Existing `json:"certificate,omitempty"` // the one that there is already
	InFlight    string    `json:"inFlight,omitempty"`    // id of the request that is under way
}

// Room is how many more hostnames the gateway takes.
type Room struct {
	Hostnames int          `json:"hostnames"`
	Limits    []Collection `json:"limits"`
}

// Collection is a limited part of the gateway.
type Collection struct {
	Kind  string `json:"kind"` // certificates, listeners, active listeners, rules
	Used  int    `json:"used"`
	Limit int    `json:"limit"`
}

// Hostnames looks at the hostnames (A-labels, and wildcards), not at the set-up. What they share
// is read once. A slow hostname does not keep the others from being looked at,
// and what there is no time for is said.
func (p *Preflight) Hostnames(ctx context.Context, wanted []issuance.Wanted) HostnamesReport {
	shared := p.facts(ctx, issuance.Wanted{})
	begin, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	report := HostnamesReport{Hostnames: make([]HostnameReport, len(wanted))}
	next := make(chan int)
	var all sync.WaitGroup
	all.Go(func() { report.Room = p.room(shared) })
	for range min(hostnamesAtOnce, len(wanted)) {
		all.Go(func() {
			for i := range next {
				report.Hostnames[i] = p.hostname(ctx, shared.of(ctx, wanted[i]))
			}
		})
	}
	for i, w := range wanted {
		select {
		case next <- i:
		case <-begin.Done():
			report.Hostnames[i] = HostnameReport{Hostname: w.Hostname, Checks: []Finding{}}
		}
	}
	close(next)
	all.Wait()
	return report
}

func (p *Preflight) hostname(ctx context.Context, f *facts) HostnameReport {
	f = f.home()
	checks := p.hostnameChecks(f.hostname)
	out := HostnameReport{Hostname: f.hostname, Looked: true, Checks: make([]Finding, len(checks))}
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() { out.Checks[i] = p.one(ctx, c, f) })
	}
	all.Go(func() { out.Proof = p.proofOf(f) })
	if !wildcard(f.hostname) {
		all.Go(func() { out.DNS = p.dns(ctx, f) })
	}
	all.Wait()
	out.Ready = !slices.ContainsFunc(out.Checks, func(c Finding) bool { return c.State == Mend || c.State == NoAnswer })
	out.Certificate, _ = f.existing() // an error is in the check managed
	if found, err := f.active(); err == nil {
		if i := found.byClaim[issuance.Claim(f.hostname)]; i != nil {
			out.InFlight = i.ID
		}
	}
	return out
}

// room counts how many more hostnames fit: each takes a certificate, a listener
// and a rule, and one listener and rule more where certgate makes port 80's.
func (p *Preflight) room(f *facts) *Room {
	s, err := f.survey()
	if err != nil {
		return nil
	}
	out := &Room{Hostnames: MaxHostnames * 10, Limits: []Collection{}}
	for _, r := range s.Room {
		out.Limits = append(out.Limits, Collection{Kind: r.Kind, Used: r.Used, Limit: r.Limit})
		each := 1
		if p.config.Settings.HTTP != nil && r.Kind != "certificates" {
			each = 2
		}
		out.Hostnames = min(out.Hostnames, max(0, r.Limit-r.Used)/each)
	}
	return out
}

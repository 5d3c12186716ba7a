package issuance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"certgate/internal/durable"
)

// fileSeen is what a look at a validation file came to; no code if it is right.
type fileSeen struct {
	code, problem string
	// passes: a gateway that has not probed a new backend yet looks like this.
	passes bool
}

// hostname is whose file it is: rows of earlier releases have one hostname.
func (p Ownership) hostname(s *State) string { return cmp.Or(p.Hostname, s.Hostname) }

// lookAtFile fetches the file at every address of the gateways, or of the front that stands
// before it. What does not pass by itself counts more than what may.
func lookAtFile(ctx context.Context, resolver Resolver, front *Front, probe Probe, s *State, p Ownership) (worst fileSeen, err error) {
	type answer struct {
		body   string
		status int
	}
	hostname := p.hostname(s)
	places := [][]netip.Addr{}
	for _, gateway := range s.gateways() {
		places = append(places, s.addressesOf(gateway))
	}
	if front != nil {
		at, err := LookedAt(ctx, resolver, front, hostname, slices.Concat(places...))
		if err != nil {
			return worst, err
		}
		places = [][]netip.Addr{at}
	}
	var looks []Look[answer]
	for _, at := range places {
		looks = append(looks, AtEach(at, func(ip netip.Addr) (a answer, err error) {
			a.body, a.status, err = probe.ChallengeFile(ctx, hostname, p.Token, ip)
			return a, err
		})...)
	}
	for _, look := range looks {
		where := fmt.Sprintf("http://%s/.well-known/acme-challenge/%s at %s", hostname, p.Token, look.At)
		var seen fileSeen
		switch status := look.Found.status; {
		case look.Err != nil:
			var final *durable.Failure
			seen = fileSeen{passes: !errors.As(look.Err, &final), code: CodeValidationFileNotFound, problem: fmt.Sprintf(
				"The validation file could not be fetched from %s: %s Check that port 80 is open and that the gateway has a listener for it.", where, sentence(look.Err))}
		case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
			seen = fileSeen{passes: true, code: CodeValidationFileNotFound, problem: fmt.Sprintf(
				"The gateway answered %d for the validation file %s: it holds the backend of the path rule for unhealthy, or has not probed it yet. Look at that backend's health on the gateway, and check that the blob container can be read through it.", status, where)}
		case status != http.StatusOK:
			seen = fileSeen{passes: s.PathMade, code: CodeValidationFileNotFound, problem: fmt.Sprintf(
				"The gateway answered %d for the validation file %s. Check the path rule for /.well-known/acme-challenge/* and that the blob container can be read through it.", status, where)}
		case strings.TrimSpace(look.Found.body) != p.Content:
			seen = fileSeen{code: CodeValidationFileNotValid, problem: fmt.Sprintf(
				"The validation file %s has other content than the certificate authority expects. Something else answers for this path: check the gateway's path rule for /.well-known/acme-challenge/* and any redirect.", where)}
		default:
			continue
		}
		if worst.code == "" || worst.passes && !seen.passes {
			worst = seen
		}
	}
	if worst.code != "" && front != nil {
		worst.problem += fmt.Sprintf(" If that is the target %s, which stands before the gateway: its route must take HTTP for this path without a redirect to HTTPS and lead it to the gateway with the Host header as it came, or to the blob container.", front.Target)
	}
	return worst, nil
}

// worstOf is what several files came to: what does not pass by itself first, and the
// sentences of all.
func worstOf(bad []fileSeen) fileSeen {
	worst := bad[0]
	var problems []string
	for _, seen := range bad {
		if worst.passes && !seen.passes {
			worst = seen
		}
		problems = append(problems, seen.problem)
	}
	worst.problem = strings.Join(problems, " ")
	return worst
}

// again waits for the next look, or fails when there were enough.
func (f fileSeen) again(t durable.Turn, s *State) durable.Outcome {
	if waited := t.Now.Sub(t.Since); f.passes && waited < freshPathTakes {
		return durable.Wait(min(max(waited/2, fileLookPause), freshPathPause), f.problem)
	}
	if s.Looks++; s.Looks >= fileLooks || f.passes {
		return durable.Fail(f.code, f.problem)
	}
	return durable.Wait(fileLookPause, f.problem)
}

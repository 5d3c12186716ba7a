package issuance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"certgate/internal/durable"
)

// chooseValidation finds for each hostname how its ownership will be proved, and where
// its TXT record goes, before an order is spent on it. A hostname for which nothing is
// asked and no zone of ours is found is proved by http-01, and must lead to the gateway
// then. Choosing again finds the same.
func chooseValidation(resolver Resolver, fronts Fronts, p Proving) durable.Step[State] {
	return durable.Step[State]{
		Name:     "ChooseValidationStep",
		Says:     "Choosing how ownership of {hostname} is verified.",
		Title:    "Choose the validation",
		Attempts: 8, // as for the DNS of the domain before it
		Needed:   p.open,
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			names := s.names()
			ways, notes := make([]Way, len(names)), make([]string, len(names))
			err := eachName(ctx, names, func(ctx context.Context, i int, name string) (err error) {
				var instead error
				ways[i], instead, err = p.Choose(ctx, s.way(name))
				notes[i] = trouble(name, instead)
				if err == nil && ways[i].Method == MethodHTTP {
					_, err = s.leadsHere(ctx, resolver, fronts, name)
				}
				return err
			})
			if err != nil {
				return durable.Outcome{}, err
			}
			for _, note := range notes {
				s.warn(note)
			}
			s.Ways = ways
			return durable.Done().Noting(chosen(ways)), nil
		},
	}
}

// Choose decides for one hostname. Where http-01 will do, trouble with DNS is no reason to
// fail: instead is what kept it from dns-01. It has no effect.
func (p Proving) Choose(ctx context.Context, w Way) (chosen Way, instead, err error) {
	possible := p.Possible(w)
	if possible[0] == MethodHTTP {
		w.Method = MethodHTTP
		return w, nil, nil
	}
	if p.Places == nil {
		return w, nil, &durable.Failure{Code: CodeDNSZoneNotFound, Message: fmt.Sprintf(
			"%s is to be proved by dns-01, and no DNS account is configured. Set Dns__<name>__Provider in the app's settings.", w.Hostname)}
	}
	w.Place, err = p.Places.Place(ctx, w.Hostname, w.DNSAccount)
	switch {
	case err == nil:
		w.Method = MethodDNS
	case slices.Contains(possible, MethodHTTP) && ctx.Err() == nil:
		w.Method, w.Place, instead, err = MethodHTTP, Place{}, err, nil
	}
	return w, instead, err
}

// trouble is a sentence about what kept a hostname from dns-01, if somebody should know:
// that no account holds its zone is as it should be.
func trouble(hostname string, instead error) string {
	var failure *durable.Failure
	if instead == nil || errors.As(instead, &failure) && failure.Code != CodeDNSAccessDenied {
		return ""
	}
	return fmt.Sprintf("%s is proved by http-01, because dns-01 cannot be used: %s", hostname, sentence(instead))
}

// chosen says how many hostnames are proved by what.
func chosen(ways []Way) string {
	count := map[string]int{}
	for _, w := range ways {
		count[w.Method]++
	}
	return fmt.Sprintf("By dns-01: %d hostnames, by http-01: %d.", count[MethodDNS], count[MethodHTTP])
}

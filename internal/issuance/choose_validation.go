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
func chooseValidation(resolver Resolver, p proving) durable.Step[State] {
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
				ways[i], notes[i], err = p.choose(ctx, s.way(name))
				if err == nil && ways[i].Method == MethodHTTP {
					_, err = s.leadsHere(ctx, resolver, name)
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

// choose decides for one hostname; note is a sentence about what kept it from dns-01, if
// somebody should know. Where http-01 will do, trouble with DNS is no reason to fail. It
// has no effect.
func (p proving) choose(ctx context.Context, w Way) (chosen Way, note string, err error) {
	possible := p.possible(w)
	if possible[0] == MethodHTTP {
		w.Method = MethodHTTP
		return w, "", nil
	}
	if p.dns == nil {
		return w, "", &durable.Failure{Code: CodeDNSZoneNotFound, Message: fmt.Sprintf(
			"%s is to be proved by dns-01, and no DNS account is configured. Set Dns__<name>__Provider in the app's settings.", w.Hostname)}
	}
	w.Place, err = p.dns.Place(ctx, w.Hostname, w.DNSAccount)
	var failure *durable.Failure
	switch {
	case err == nil:
		w.Method = MethodDNS
	case slices.Contains(possible, MethodHTTP) && ctx.Err() == nil:
		if !errors.As(err, &failure) || failure.Code == CodeDNSAccessDenied {
			note = fmt.Sprintf("%s is proved by http-01, because dns-01 cannot be used: %s", w.Hostname, sentence(err))
		}
		w.Method, w.Place, err = MethodHTTP, Place{}, nil
	}
	return w, note, err
}

// chosen says how many hostnames are proved by what.
func chosen(ways []Way) string {
	count := map[string]int{}
	for _, w := range ways {
		count[w.Method]++
	}
	return fmt.Sprintf("By dns-01: %d hostnames, by http-01: %d.", count[MethodDNS], count[MethodHTTP])
}

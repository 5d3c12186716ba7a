package issuance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"certgate/internal/durable"
)

// namesAtOnce bounds how many hostnames are looked after at a time.
const namesAtOnce = 8

// eachName runs f for every hostname, some at a time. What is wrong with any of them is
// one error, which names all: nobody should mend them one by one.
func eachName(ctx context.Context, names []string, f func(ctx context.Context, i int, name string) error) error {
	errs := make([]error, len(names))
	var group errgroup.Group
	group.SetLimit(namesAtOnce)
	for i, name := range names {
		group.Go(func() error {
			errs[i] = f(ctx, i, name)
			return nil
		})
	}
	_ = group.Wait() // each error has its place
	return together(len(names), "hostnames", errs)
}

// together makes one error of what came of so many hostnames, or whatever else: nil for
// none, and one alone as it is. What a person must mend counts more than what may pass.
func together(total int, what string, errs []error) error {
	var failures, others []error
	code, texts := "", []string{}
	for _, err := range errs {
		var failure *durable.Failure
		switch {
		case errors.As(err, &failure):
			if code == "" {
				code = failure.Code
			}
			failures, texts = append(failures, err), append(texts, failure.Message)
		case err != nil:
			others = append(others, err)
		}
	}
	switch {
	case len(failures) == 1:
		return failures[0]
	case len(failures) > 1:
		return &durable.Failure{Code: code, Err: errors.Join(failures...), Message: fmt.Sprintf(
			"%d of %d %s: %s", len(failures), total, what, strings.Join(texts, " "))}
	case len(others) == 0:
		return nil
	case len(others) == 1:
		return others[0]
	}
	return joined(others)
}

// joined is several errors of which each may pass. A limit or a wish to wait comes first.
func joined(errs []error) error {
	var later *durable.RetryLater
	if errors.As(errors.Join(errs...), &later) {
		return later
	}
	whole := &durable.Transient{Err: errors.Join(errs...)}
	for _, err := range errs {
		var one *durable.Transient
		if errors.As(err, &one) && one.Public != "" {
			whole.After = max(whole.After, one.After)
			whole.Public = strings.TrimSpace(whole.Public + " " + one.Public)
		}
	}
	return whole
}

package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"certgate/internal/durable"
)

// verdict is what a check came to.
type verdict struct {
	ok      *bool // nil: could not tell
	state   State // "" for what follows from ok
	finding string
	fix     string
	waits   string // name of the check that has to be fine first
	record  *Record
	err     error // for the log, and for what it is
	// forbidden: whoever answered does not let this app ask.
	forbidden bool
}

func pass(finding string, args ...any) verdict {
	ok := true
	return verdict{ok: &ok, finding: fmt.Sprintf(finding, args...)}
}

func fail(finding string, args ...any) verdict {
	ok := false
	return verdict{ok: &ok, finding: fmt.Sprintf(finding, args...)}
}

func unknown(finding string, args ...any) verdict {
	return verdict{finding: fmt.Sprintf(finding, args...)}
}

func (v verdict) fixedBy(fix string, args ...any) verdict {
	v.fix = fmt.Sprintf(fix, args...)
	return v
}

// after makes a verdict of a check that could not be made because of another one.
func (v verdict) after(c check) verdict {
	v.state, v.waits = NoAnswer, c.name
	return v.fixedBy("See the check %s.", c.name)
}

// silent marks a verdict as no answer: an outage is no fault of the set-up, and
// not knowing because of one is not the same as not being able to know.
func (v verdict) silent() verdict {
	v.state = NoAnswer
	return v
}

// toMend marks a verdict that holds for most hostnames, and cannot say so of all.
func (v verdict) toMend() verdict {
	v.state = Mend
	return v
}

// because makes a verdict of an adapter's error. A limit and a lack of time tell
// nothing about the set-up; everything else has to be mended. The first sentence
// of an adapter's text is what happened, the others are what to do.
func because(err error) verdict {
	var failure *durable.Failure
	var later *durable.RetryLater
	var transient *durable.Transient
	var v verdict
	switch {
	case errors.As(err, &failure):
		v = fail("%s", failure.Message)
	case errors.As(err, &later):
		v = unknown("%s", later.Reason).fixedBy("Ask again in a minute.").silent()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		v = unknown("There was no answer in time.").fixedBy("Ask again; if it stays, check networks and firewalls on the way.").silent()
	case errors.As(err, &transient) && transient.Public != "":
		v = fail("%s", transient.Public).silent()
	default:
		v = unknown("The check itself failed; the log has the reason.").fixedBy("Ask again.").silent()
	}
	if what, todo, ok := strings.Cut(v.finding, ". "); ok && v.fix == "" {
		v.finding, v.fix = what+".", todo
	}
	v.err = err
	return v
}

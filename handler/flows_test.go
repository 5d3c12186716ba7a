package main

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"certgate/localstack/boundary"
)

// The handler is killed in every step of the flows that this list has: a flow that
// is registered and not in it would be left out.
func TestEveryFlowIsKilledInEveryStep(t *testing.T) {
	t.Parallel()
	program, err := build(sample(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	names := func(steps []boundary.Step) []string {
		var all []string
		for _, s := range steps {
			all = append(all, s.String())
		}
		slices.SortFunc(all, strings.Compare)
		return all
	}
	if diff := cmp.Diff(names(boundary.Steps(program.runner.Flows())), names(boundary.Steps(boundary.Flows()))); diff != "" {
		t.Errorf("localstack/boundary/flows.go is not what the handler registers (-handler +list):\n%s", diff)
	}
}

package storm_test

import (
	"context"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
	"certgate/localstack/process/processtest"
	"certgate/localstack/storm"
)

// A small storm, with everything in it that a large one has. `make storm` has large
// ones, on one host as well.
func TestAStormLosesDoublesAndLeavesNothing(t *testing.T) {
	t.Parallel()
	const n = 14
	handler, err := localstacktest.Handler()
	if err != nil {
		t.Fatal(err)
	}
	root, err := localstack.ProjectRoot()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	report, err := storm.Run(ctx, storm.Options{
		Seed: 52, N: n, Hosts: "3", Root: root, Handler: handler, Dir: t.TempDir(), Say: t.Output(),
		Blow: 2 * time.Minute, Grace: 5 * time.Minute,
	})
	processtest.RequireTools(t, err)
	t.Log(report.Line())
	if !report.Clean() || report.Completed == 0 || report.Instances < n {
		t.Errorf("the storm left damage, or asked for too little: %s", report.Line())
	}
}

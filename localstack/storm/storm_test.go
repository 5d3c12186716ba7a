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

// Small storms, with everything in them that a large one has.
func TestAStormLosesDoublesAndLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		hosts localstack.Hosts
		seed  uint64
		n     int
	}{{"1", 52, 20}, {"3", 52, 14}} {
		t.Run("on hosts: "+string(c.hosts), func(t *testing.T) {
			t.Parallel()
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
				Seed: c.seed, N: c.n, Hosts: c.hosts, Root: root, Handler: handler, Dir: t.TempDir(), Say: t.Output(),
				Blow: 2 * time.Minute, Grace: 5 * time.Minute,
			})
			processtest.RequireTools(t, err)
			t.Log(report.Line())
			if !report.Clean() || report.Completed == 0 || report.Instances < c.n {
				t.Errorf("the storm left damage, or asked for too little: %s", report.Line())
			}
		})
	}
}

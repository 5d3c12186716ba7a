// Package localstacktest starts the local stack for end-to-end tests: the real
// handler process, built once, behind the local Functions host.
package localstacktest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/armsim"
	"certgate/localstack/process/processtest"
)

// Handler is the path of the handler of this test binary's source, built on first
// use.
func Handler() (string, error) { return built() }

var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "certgate-handler-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "handler")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, "./handler")
	build.Dir, err = localstack.ProjectRoot()
	if err != nil {
		return "", err
	}
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the handler: %w\n%s", err, out)
	}
	return path, nil
})

// World is a stack and the test that it belongs to.
type World struct {
	*localstack.Stack
	Dir string
	t   testing.TB
}

// Start starts a fresh stack; it ends with the test. Options may set everything
// but Root and Dir; without a Handler it is the one of this source. Without the
// emulator and the CA installed the test is skipped, or fails if
// CERTGATE_REQUIRE_TOOLS is 1.
func Start(t testing.TB, o localstack.Options) *World {
	t.Helper()
	var err error
	if o.Handler == "" {
		if o.Handler, err = built(); err != nil {
			t.Fatal(err)
		}
	}
	if o.Root, err = localstack.ProjectRoot(); err != nil {
		t.Fatal(err)
	}
	o.Dir = t.TempDir()
	if o.UpdatePoll == nil {
		o.UpdatePoll = armsim.Every(time.Second)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	stack, err := localstack.Start(ctx, o)
	processtest.RequireTools(t, err)
	w := &World{Stack: stack, Dir: o.Dir, t: t}
	t.Cleanup(func() {
		if t.Failed() {
			w.showLog()
		}
		stack.Close()
	})
	return w
}

// showLog prints the end of the stack's log, where the reason of a failure is.
func (w *World) showLog() {
	raw, err := os.ReadFile(filepath.Join(w.Dir, "stack.log"))
	if err != nil {
		return
	}
	w.t.Logf("end of the stack's log:\n%s", raw[max(0, len(raw)-8000):])
}

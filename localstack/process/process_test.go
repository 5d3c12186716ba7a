//go:build unix

package process_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"certgate/localstack/process"
	"certgate/localstack/waittest"
)

func TestStartReturnsWhenTheChildIsReadyAndStopEndsItPolitely(t *testing.T) {
	t.Parallel()
	port, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + strconv.Itoa(port)
	spec := as(t, "listener", strconv.Itoa(port))
	spec.Ready = func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp4", address)
		if err == nil {
			conn.Close()
		}
		return err
	}
	p := start(t, spec)
	if process.PortFree(port) {
		t.Error("Start returned before the child listened")
	}
	if p.State() != "running" {
		t.Errorf("state %q", p.State())
	}

	p.Stop()
	p.Stop() // again is fine
	if p.ExitCode() != 0 {
		t.Errorf("state %q, want a clean exit", p.State())
	}
	if got := strings.Join(p.Tail(5), ","); got != "listening,ended on request" {
		t.Errorf("log %q", got)
	}
	waittest.Until(t, waittest.Patience, "the port is free again", func() bool { return process.PortFree(port) })
}

func TestStopKillsAChildThatDoesNotListen(t *testing.T) {
	t.Parallel()
	spec := as(t, "stubborn")
	spec.Ready = logSays(spec.LogFile, "deaf")
	spec.Grace = 50 * time.Millisecond
	p := start(t, spec)
	p.Stop()
	if p.State() != "signal: killed" {
		t.Errorf("state %q", p.State())
	}
}

func TestAChildThatEndsBeforeItIsReadyIsAnErrorWithItsLastWords(t *testing.T) {
	t.Parallel()
	spec := as(t, "broken")
	spec.Ready = func(context.Context) error { return errors.New("connection refused") }
	_, err := process.Start(t.Context(), spec)
	var exit *process.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{"start broken", "exit status 3", "config.json: no such file"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q: %v", want, err)
		}
	}
}

func TestAChildThatIsNotReadyInTimeIsKilled(t *testing.T) {
	t.Parallel()
	spec := as(t, "family")
	spec.Ready = func(context.Context) error { return errors.New("port 1 is closed") }
	spec.ReadyWithin = 1500 * time.Millisecond
	_, err := process.Start(t.Context(), spec)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "port 1 is closed") {
		t.Fatalf("error %v", err)
	}
	_, pid, found := strings.Cut(err.Error(), "grandchild ")
	if !found {
		t.Fatalf("error has no log lines: %v", err)
	}
	assertGone(t, pid)
}

func TestKillEndsWhatTheChildHasStarted(t *testing.T) {
	t.Parallel()
	spec := as(t, "family")
	spec.Ready = logSays(spec.LogFile, "grandchild")
	p := start(t, spec)
	_, pid, _ := strings.Cut(p.Tail(1)[0], " ")
	p.Kill()
	assertGone(t, pid)
}

func TestAChildDiesWithAParentThatIsKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has a parent-death signal")
	}
	log := filepath.Join(t.TempDir(), "child.log")
	spec := as(t, "parent", log)
	spec.Ready = logSays(spec.LogFile, "child ")
	parent := start(t, spec)
	_, pid, _ := strings.Cut(parent.Tail(1)[0], " ")
	// Only the parent's own process, not its group: the child must notice alone.
	if err := syscall.Kill(parent.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	assertGone(t, pid)
}

// assertGone waits until no process has this id, or only a dead one that its
// new parent has not collected yet.
func assertGone(t *testing.T, pid string) {
	t.Helper()
	if pid = strings.TrimSpace(pid); pid == "" {
		t.Fatal("no pid")
	}
	waittest.Until(t, waittest.Patience, "process "+pid+" is gone", func() bool {
		state, err := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
		return err != nil || strings.HasPrefix(strings.TrimSpace(string(state)), "Z")
	})
}

func TestALogGoesOnAcrossRunsAndTheTailIsOfThisRun(t *testing.T) {
	t.Parallel()
	spec := as(t, "broken")
	for range 2 {
		p := start(t, spec)
		<-p.Done()
		if got := p.Tail(10); len(got) != 1 {
			t.Errorf("tail %q, want one line", got)
		}
	}
	whole, err := os.ReadFile(spec.LogFile)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(whole), "no such file") != 2 {
		t.Errorf("log %q, want the line of both runs", whole)
	}
}

func TestEchoedLinesCarryTheName(t *testing.T) {
	t.Parallel()
	port, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	var terminal strings.Builder
	spec := as(t, "listener", strconv.Itoa(port))
	spec.Echo = &terminal
	spec.Ready = logSays(spec.LogFile, "listening")
	start(t, spec).Stop()
	if got, want := terminal.String(), "listener | listening\nlistener | ended on request\n"; got != want {
		t.Errorf("echo %q, want %q", got, want)
	}
}

func TestFreePortsAreFreeAndDifferent(t *testing.T) {
	t.Parallel()
	ports, err := process.FreePorts(20)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, port := range ports {
		if seen[port] {
			t.Errorf("port %d twice", port)
		}
		seen[port] = true
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if process.PortFree(l.Addr().(*net.TCPAddr).Port) {
		t.Error("a port with a listener is called free")
	}
}

func TestAMissingToolSaysHowToGetIt(t *testing.T) {
	t.Parallel()
	_, err := process.Locate("bin/no-such-tool")
	if err == nil || !strings.Contains(err.Error(), "make tools") {
		t.Errorf("error %v", err)
	}
	if path, err := process.Locate("go.mod"); err != nil || !filepath.IsAbs(path) {
		t.Errorf("go.mod found at %q, %v", path, err)
	}
}

func TestAPortThatIsTakenIsNotMistakenForTheChild(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	spec := as(t, "stubborn")
	spec.Ports = []int{taken.Addr().(*net.TCPAddr).Port}
	_, err = process.Start(t.Context(), spec)
	if inUse := new(process.PortInUseError); !errors.As(err, &inUse) || inUse.Port != spec.Ports[0] {
		t.Errorf("error %v", err)
	}
}

func TestALostPortIsReplacedByOthers(t *testing.T) {
	t.Parallel()
	for _, lost := range []error{&process.PortInUseError{Port: 1}, &process.ExitError{State: "exit status 1"}} {
		answers := []error{fmt.Errorf("start x: %w", lost), lost, nil}
		var tried [][]int
		err := process.OnFreePorts(2, func(ports []int) error {
			tried = append(tried, ports)
			return answers[len(tried)-1]
		})
		if err != nil || len(tried) != 3 || len(tried[0]) != 2 {
			t.Errorf("%v: tried %v, error %v", lost, tried, err)
		}
	}
	broken := errors.New("broken")
	calls := 0
	if err := process.OnFreePorts(1, func([]int) error { calls++; return broken }); err != broken || calls != 1 {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Spec says what to run and when it is up.
type Spec struct {
	// Name is used in errors and as the prefix of echoed lines.
	Name string
	// Path and Args are the command. Path may be found through PATH.
	Path string
	Args []string
	// Dir is the working directory; "" is the parent's.
	Dir string
	// Env is the whole environment, as in exec.Cmd; nil is the parent's.
	Env []string
	// Ports are what the child will listen on at 127.0.0.1. If one is taken, Start
	// returns a *PortInUseError: otherwise the program that has it might answer Ready in the
	// child's place.
	Ports []int
	// LogFile gets standard output and standard error; it is appended to, so
	// that a restart keeps what went before. Required.
	LogFile string
	// Echo, if set, also gets every line, as "name | line".
	Echo io.Writer
	// Ready is tried until it returns nil; nil means up as soon as it runs.
	Ready func(context.Context) error
	// ReadyWithin bounds the wait for Ready (default 10 seconds).
	ReadyWithin time.Duration
	// Grace is the time that Stop gives the child after the request to end,
	// before it is killed (default 2 seconds).
	Grace time.Duration
}

const (
	probeEvery  = 10 * time.Millisecond // below the start time of the fastest child, and cheap on loopback
	probeWithin = 2 * time.Second       // one probe; a child that accepts and never answers must not eat the whole wait
	drainWithin = time.Second           // for echoed output that a grandchild holds open after the child's end
)

// Process is a running child, or one that has ended.
type Process struct {
	spec    Spec
	cmd     *exec.Cmd
	log     *os.File
	logFrom int64 // where this run begins in the log file
	echo    *prefixWriter
	done    chan struct{}
	waitErr error // written before done is closed
}

// Start runs the child and returns when it is ready. If it ends first, or is
// not ready in time, or ctx ends, it is killed and the error has its last log
// lines. A context that ends later does not stop a child that is up.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	p := &Process{spec: spec, done: make(chan struct{})}
	if err := p.launch(); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	if err := p.awaitReady(ctx); err != nil {
		p.Kill()
		return nil, fmt.Errorf("start %s: %w%s", spec.Name, err, p.lastWords())
	}
	return p, nil
}

func (p *Process) launch() error {
	if p.spec.LogFile == "" {
		return errors.New("no log file is named")
	}
	for _, port := range p.spec.Ports {
		if !PortFree(port) {
			return &PortInUseError{Port: port}
		}
	}
	if err := os.MkdirAll(filepath.Dir(p.spec.LogFile), 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(p.spec.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if info, err := log.Stat(); err == nil {
		p.logFrom = info.Size()
	}
	p.log = log
	p.cmd = exec.Command(p.spec.Path, p.spec.Args...)
	p.cmd.Dir, p.cmd.Env = p.spec.Dir, p.spec.Env
	p.cmd.WaitDelay = drainWithin
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if p.spec.Echo != nil {
		// One writer for both streams: exec then uses one pipe, which keeps
		// their order.
		p.echo = &prefixWriter{prefix: p.spec.Name + " | ", to: p.spec.Echo}
		both := io.MultiWriter(log, p.echo)
		p.cmd.Stdout, p.cmd.Stderr = both, both
	}
	isolate(p.cmd)

	started := make(chan error, 1)
	go p.run(started)
	return <-started
}

// run starts the child and waits for its end on one locked thread: Linux sends
// the parent-death signal when the *thread* that made the child ends, so that
// thread must live as long as the child.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer p.log.Close()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.waitErr = p.cmd.Wait()
	if p.echo != nil {
		p.echo.flush()
	}
	close(p.done)
}

func (p *Process) awaitReady(ctx context.Context) error {
	if p.spec.Ready == nil {
		return nil
	}
	within := p.spec.ReadyWithin
	if within == 0 {
		within = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		err := p.probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return &ExitError{State: p.State()}
		case <-ctx.Done():
			return fmt.Errorf("not ready (%w): %w", ctx.Err(), err)
		case <-tick.C:
		}
	}
}

func (p *Process) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	return p.spec.Ready(ctx)
}

// ExitError says that a child ended before it was ready.
type ExitError struct{ State string }

func (e *ExitError) Error() string { return "ended before it was ready (" + e.State + ")" }

// PID is the child's process id, and that of its group.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended and its output is in the log.
func (p *Process) Done() <-chan struct{} { return p.done }

// ExitCode is the child's exit code, -1 if a signal ended it or while it runs.
func (p *Process) ExitCode() int {
	if !p.ended() {
		return -1
	}
	return p.cmd.ProcessState.ExitCode()
}

// State describes the child for people: "running", "exit status 1", "signal: killed".
func (p *Process) State() string {
	if !p.ended() {
		return "running"
	}
	if p.cmd.ProcessState == nil {
		return p.waitErr.Error()
	}
	return p.cmd.ProcessState.String()
}

func (p *Process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// lastWords is the end of the log, as an appendix to an error.
func (p *Process) lastWords() string {
	tail := p.Tail(10)
	if len(tail) == 0 {
		return "; it wrote nothing"
	}
	return "; its last lines:\n\t" + strings.Join(tail, "\n\t")
}

package funchost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	childprocess "certgate/localstack/process"
)

// ErrHandlerGivenUp says that the handler failed too often and the host stopped.
var ErrHandlerGivenUp = errors.New("handler failed too often")

var (
	errStartTimeout = errors.New("initializationTimeout is over")
	errNoHandler    = errors.New("the handler did not come back in time")
)

const (
	exitRestart = 200 // the handler asks to be restarted; no error
	errorWindow = 30 * time.Minute
)

// supervisor keeps one handler process alive:
//
//	exit 0     not restarted; invocations fail with connection refused
//	exit 200   restarted, not counted
//	other      restarted; MaxHandlerErrors errors, each less than 30 minutes
//	           after the one before, end the host
//	recycled   killed and restarted, not counted (an invocation timed out)
type supervisor struct {
	options    handlerOptions
	scriptRoot string
	env        []string
	maxErrors  int
	onStart    func(pid int)
	onOrphan   func(p *process) // gets a handler that outlives its host
	log        *slog.Logger
	handlerLog *slog.Logger

	mu      sync.Mutex
	current *process      // the last one started
	usable  chan struct{} // closed while current takes invocations
}

// run starts the handler again and again until ctx ends (nil) or it has failed
// too often. The process is dead when run returns.
func (s *supervisor) run(ctx context.Context) error {
	port := s.options.port
	if port == 0 {
		var err error
		if port, err = childprocess.FreePort(); err != nil {
			return err
		}
	}
	// Each handler of this run has the same port: in between no other program gets it.
	defer childprocess.KeepPorts(port)()
	var failures int
	var lastFailure time.Time
	for {
		fault, err := s.runOnce(ctx, port)
		if err != nil || ctx.Err() != nil {
			return err
		}
		if fault == nil {
			continue
		}
		if time.Since(lastFailure) > errorWindow {
			failures = 0
		}
		failures, lastFailure = failures+1, time.Now()
		s.log.Error("handler failed", "error", fault, "count", failures, "limit", s.maxErrors)
		if failures >= s.maxErrors {
			return fmt.Errorf("%w: %d times, each within %s of the time before, at last: %w", ErrHandlerGivenUp, failures, errorWindow, fault)
		}
	}
}

// runOnce runs one process to its end. A fault counts as an error of the
// handler; an error is the host's and final.
func (s *supervisor) runOnce(ctx context.Context, port int) (fault, err error) {
	p, err := startProcess(s.options, port, s.scriptRoot, s.env, s.handlerLog)
	if err != nil {
		return nil, err
	}
	s.replace(p)
	defer func() {
		if abandoned(ctx) && s.onOrphan != nil {
			s.onOrphan(p)
			return
		}
		p.kill()
	}()
	defer s.close()
	s.log.Info("handler started", "pid", p.cmd.Process.Pid, "address", p.address)
	if s.onStart != nil {
		s.onStart(p.cmd.Process.Pid)
	}

	starting, cancel := context.WithTimeoutCause(ctx, s.options.initializationTimeout, errStartTimeout)
	defer cancel()
	if err := p.awaitAnswer(starting); err != nil {
		return err, nil
	}
	s.open()
	s.log.Info("handler ready", "pid", p.cmd.Process.Pid)

	select {
	case <-ctx.Done():
		return nil, nil
	case <-p.recycled:
		s.log.Warn("handler is killed and restarted", "pid", p.cmd.Process.Pid)
		return nil, nil
	case <-p.exited:
	}
	switch p.exitCode() {
	case exitRestart:
		s.log.Info("handler asked for a restart", "exit", exitRestart)
		return nil, nil
	case 0:
		// The platform takes this for health. Invocations go to a dead port.
		s.log.Error("handler exited with 0 and is not restarted: every invocation fails from now on")
		<-ctx.Done()
		return nil, nil
	default:
		return fmt.Errorf("handler exited with %s", p.exitText()), nil
	}
}

func (s *supervisor) replace(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = p
}

func (s *supervisor) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.usable)
}

// close makes new invocations wait for the next process.
func (s *supervisor) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeLocked()
}

func (s *supervisor) closeLocked() {
	select {
	case <-s.usable:
		s.usable = make(chan struct{})
	default: // it never answered
	}
}

// acquire returns the handler, waiting up to four times initializationTimeout
// while it starts or restarts.
func (s *supervisor) acquire(ctx context.Context) (*process, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 4*s.options.initializationTimeout, errNoHandler)
	defer cancel()
	return s.await(ctx)
}

// await is acquire without a limit but ctx.
func (s *supervisor) await(ctx context.Context) (*process, error) {
	for {
		s.mu.Lock()
		p, usable := s.current, s.usable
		s.mu.Unlock()
		select {
		case <-usable: // p is the one that opened it: replace comes after close
			return p, nil
		default:
		}
		select {
		case <-usable: // by now there may be a newer process: look again
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the handler: %w", context.Cause(ctx))
		}
	}
}

// recycleCurrent kills and restarts the handler without counting an error.
func (s *supervisor) recycleCurrent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		s.current.recycle()
	}
}

// pid is that of the running handler, 0 if there is none.
func (s *supervisor) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.current.gone() {
		return 0
	}
	return s.current.cmd.Process.Pid
}

// killCurrent sends SIGKILL to the running handler and waits for its death. No
// invocation meets the dead one: with a visibilityTimeout of zero a message would
// be delivered to it until it is poison.
func (s *supervisor) killCurrent() error {
	s.mu.Lock()
	p := s.current
	if p == nil || p.gone() {
		s.mu.Unlock()
		return errors.New("no handler is running")
	}
	s.closeLocked()
	s.mu.Unlock()
	p.kill()
	return nil
}

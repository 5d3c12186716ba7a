package funchost

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"time"

	"github.com/google/uuid"

	childprocess "certgate/localstack/process"
)

// process is one running handler.
type process struct {
	cmd      *exec.Cmd
	address  string        // host:port
	exited   chan struct{} // closed once it is gone
	recycled chan struct{} // asks the supervisor for a restart that does not count as an error

	invocations *http.Client // trigger invocations; forwarded HTTP has its own transport
}

// startProcess starts the handler with the environment of the custom handler
// contract and copies its output to the log, line by line.
func startProcess(o handlerOptions, port int, scriptRoot string, env []string, log *slog.Logger) (*process, error) {
	id := uuid.NewString()
	cmd := exec.Command(o.executable, o.arguments...)
	cmd.Dir = o.workingDirectory
	childprocess.OwnGroup(cmd)
	cmd.Env = append(append([]string{}, env...),
		"FUNCTIONS_CUSTOMHANDLER_PORT="+strconv.Itoa(port),
		"FUNCTIONS_HTTPWORKER_PORT="+strconv.Itoa(port),
		"FUNCTIONS_CUSTOMHANDLER_WORKER_ID="+id,
		"FUNCTIONS_HTTPWORKER_ID="+id,
		"FUNCTIONS_APP_ROOT_PATH="+scriptRoot,
	)
	stdout, stderr := newLineLog(log, "stdout"), newLineLog(log, "stderr")
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// A grandchild that inherited the pipes must not hide the handler's death.
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start handler %s: %w", o.executable, err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	p := &process{
		cmd: cmd, address: address, exited: make(chan struct{}), recycled: make(chan struct{}, 1),
		invocations: newInvocationClient(),
	}
	go func() {
		cmd.Wait() // the exit code is in ProcessState
		stdout.flush()
		stderr.flush()
		close(p.exited)
		p.invocations.CloseIdleConnections()
	}()
	return p, nil
}

// awaitAnswer asks GET / every 25 ms until any HTTP answer comes. It gives up
// when ctx ends or the process is gone.
func (p *process) awaitAnswer(ctx context.Context) error {
	ticker := time.NewTicker(25 * time.Millisecond)
	defer ticker.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/", nil)
		if err != nil {
			return err
		}
		if response, err := p.invocations.Do(request); err == nil {
			response.Body.Close()
			return nil
		}
		select {
		case <-ticker.C:
		case <-p.exited:
			return fmt.Errorf("handler exited with %s before it answered GET /", p.exitText())
		case <-ctx.Done():
			return fmt.Errorf("handler did not answer GET /: %w", context.Cause(ctx))
		}
	}
}

// kill sends SIGKILL, as the platform does: there is no graceful signal.
func (p *process) kill() {
	p.cmd.Process.Kill() // an error means that it is gone already
	<-p.exited
}

// recycle asks for a kill and a restart that is no error. Asking twice is fine.
func (p *process) recycle() {
	select {
	case p.recycled <- struct{}{}:
	default:
	}
}

func (p *process) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// exitCode is valid after exited; a signal gives -1.
func (p *process) exitCode() int { return p.cmd.ProcessState.ExitCode() }

func (p *process) exitText() string { return p.cmd.ProcessState.String() }

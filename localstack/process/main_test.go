//go:build unix

package process_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"certgate/localstack/process"
)

// roleVar makes the test binary play one of the children below.
const roleVar = "PROCESS_TEST_ROLE"

// hold keeps a child until it is killed. An empty select would end it: without
// cgo the runtime sees that nothing else runs and calls that a deadlock.
func hold() { <-time.After(time.Hour) }

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleVar); role {
	case "":
		os.Exit(m.Run())
	case "listener": // listens on the port in its arguments until it is asked to end
		ask := make(chan os.Signal, 1)
		signal.Notify(ask, syscall.SIGTERM)
		l, err := net.Listen("tcp4", "127.0.0.1:"+os.Args[1])
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("listening")
		<-ask
		l.Close()
		fmt.Print("ended on request") // and no line end
	case "ports": // tells a port that it may use, and holds it no more than that
		port, err := process.FreePort()
		fmt.Println("port", port, err)
		hold()
	case "stubborn": // ignores the request to end
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("deaf")
		hold()
	case "broken": // ends at once, with a reason
		fmt.Fprintln(os.Stderr, "config.json: no such file")
		os.Exit(3)
	case "family": // starts a child that holds on, tells its pid, and waits
		child := exec.Command(os.Args[0])
		child.Env = []string{roleVar + "=stubborn"}
		if err := child.Start(); err != nil {
			os.Exit(1)
		}
		fmt.Println("grandchild", child.Process.Pid)
		hold()
	case "parent": // starts a child through this package, tells its pid, and waits
		p, err := process.Start(context.Background(), process.Spec{
			Name: "child", Path: os.Args[0], Env: []string{roleVar + "=stubborn"}, LogFile: os.Args[1],
		})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("child", p.PID())
		hold()
	}
}

// as is a Spec whose child is this test binary in the given role.
func as(t *testing.T, role string, args ...string) process.Spec {
	t.Helper()
	return process.Spec{
		Name: role, Path: os.Args[0], Args: args, Env: []string{roleVar + "=" + role},
		LogFile: filepath.Join(t.TempDir(), role+".log"),
	}
}

func start(t *testing.T, spec process.Spec) *process.Process {
	t.Helper()
	p, err := process.Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// logSays is a Ready that waits for a text in the log.
func logSays(file, text string) func(context.Context) error {
	return func(context.Context) error {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if !strings.Contains(string(b), text) {
			return fmt.Errorf("%q is not in the log", text)
		}
		return nil
	}
}

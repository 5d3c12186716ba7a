//go:build unix

package process

import (
	"os/exec"
	"syscall"
)

func requestEnd(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

// killGroup does nothing if the group is empty already. A group id is not given
// to a new process while the group has a member.
func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

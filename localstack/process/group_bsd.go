//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// isolate gives the child its own process group. There is no parent-death signal
// here: a parent that is killed leaves its children behind.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// OwnGroup keeps a Ctrl-C at the terminal from the child: its parent decides
// when it ends.
func OwnGroup(cmd *exec.Cmd) { isolate(cmd) }

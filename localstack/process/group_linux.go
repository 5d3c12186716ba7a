package process

import (
	"os/exec"
	"syscall"
)

// isolate gives the child its own process group and has the kernel kill it when
// the parent ends, however that happens.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// OwnGroup keeps a Ctrl-C at the terminal from the child: its parent decides
// when it ends.
func OwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

package process

import "os/exec"

// Windows has neither process groups of this kind nor a polite request to end:
// the child alone is killed.
func isolate(*exec.Cmd) {}

func requestEnd(cmd *exec.Cmd) { killGroup(cmd) }

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// OwnGroup does nothing on Windows.
func OwnGroup(*exec.Cmd) {}

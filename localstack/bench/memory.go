package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// residentMiB is the memory of a process that is in RAM (RSS): from /proc, or
// from ps where there is no /proc.
func residentMiB(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, "ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
		if err != nil {
			return 0, fmt.Errorf("memory of process %d: %w", pid, err)
		}
		return kibibytes(string(out))
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return kibibytes(strings.TrimSuffix(strings.TrimSpace(rest), "kB"))
		}
	}
	return 0, fmt.Errorf("memory of process %d: it has ended", pid)
}

func kibibytes(text string) (mib float64, err error) {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return 0, fmt.Errorf("memory of a process: %w", err)
	}
	return n / 1024, nil
}

package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"certgate/localstack"
	"certgate/localstack/process"
)

// legoWithin bounds one run of the command line.
const legoWithin = 2 * time.Minute

// legoRuns issues the hostnames with `lego run`, one after another, as a script
// would: a process for each, keys and certificates in files, http-01 by files in a
// web root. It returns the seconds of each run. The account is registered before,
// in a run that does not count.
func legoRuns(ctx context.Context, stack *localstack.Stack, files *validationFiles, dir string, hostnames []string) ([]float64, error) {
	program, err := process.Locate("bin/lego")
	if err != nil {
		return nil, fmt.Errorf("the lego command line is missing: run make bin/lego: %w", err)
	}
	roots := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(roots, stack.Authority.PEM(), 0o600); err != nil {
		return nil, fmt.Errorf("write the trusted roots: %w", err)
	}
	if err := os.MkdirAll(files.webroot, 0o755); err != nil {
		return nil, fmt.Errorf("make the web root: %w", err)
	}
	var seconds []float64
	for i, hostname := range append([]string{"account." + hostnames[0]}, hostnames...) {
		took, err := legoRun(ctx, stack, program, roots, dir, files.webroot, hostname)
		if err != nil {
			return seconds, err
		}
		if i > 0 {
			seconds = append(seconds, took.Seconds())
		}
	}
	return seconds, nil
}

func legoRun(ctx context.Context, stack *localstack.Stack, program, roots, dir, webroot, hostname string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, legoWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, program,
		"--server", stack.Pebble.DirectoryURL(), "--accept-tos", "--email", "operations@example.test",
		"--path", filepath.Join(dir, "lego"), "--key-type", "ec256",
		"--http", "--http.webroot", webroot, "--domains", hostname, "run")
	cmd.Env = []string{"LEGO_CA_CERTIFICATES=" + roots, "PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("lego run for %s: %w; it said:\n%s", hostname, err, bytes.TrimSpace(out.Bytes()))
	}
	took := time.Since(began)
	if _, err := os.Stat(filepath.Join(dir, "lego", "certificates", hostname+".crt")); err != nil {
		return 0, fmt.Errorf("lego run for %s left no certificate: %w", hostname, err)
	}
	return took, nil
}

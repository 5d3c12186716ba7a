package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"certgate/localstack"
	"certgate/localstack/pause"
	"certgate/localstack/process"
)

const (
	// starts is how often the handler is started.
	starts = 15
	// startWithin bounds one start; probeEvery is short against it.
	startWithin, probeEvery = 10 * time.Second, time.Millisecond
)

type startSamples struct {
	milliseconds []float64
	rss          []float64 // MiB after the first answer
}

// starting measures how long a new handler takes from the start of the process to
// its first answer, with the settings of a stack.
func (b *bench) starting(ctx context.Context, stack *localstack.Stack) error {
	b.say("starting the handler %d times", starts)
	for range starts {
		took, rss, err := startOnce(ctx, filepath.Join(b.Root, "bin", "handler"), stack.Settings())
		if err != nil {
			return fmt.Errorf("start the handler: %w", err)
		}
		b.starts.milliseconds = append(b.starts.milliseconds, float64(took.Microseconds())/1000)
		b.starts.rss = append(b.starts.rss, rss)
	}
	return nil
}

func startOnce(ctx context.Context, program string, settings []string) (took time.Duration, rss float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	port, err := process.FreePort()
	if err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(settings, "FUNCTIONS_CUSTOMHANDLER_PORT="+strconv.Itoa(port),
		"IDENTITY_ENDPOINT=http://127.0.0.1/msi/token", "IDENTITY_HEADER=unused") // as in Azure; it is not asked during a start
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		cmd.Process.Kill() // as the host ends it
		cmd.Wait()
	}()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(port)+"/", nil)
		if err != nil {
			return 0, 0, err
		}
		if resp, err := client.Do(req); err == nil {
			took = time.Since(began)
			resp.Body.Close()
			rss, err = residentMiB(cmd.Process.Pid)
			return took, rss, err
		}
		if err := pause.For(ctx, probeEvery); err != nil {
			return 0, 0, fmt.Errorf("no answer: %w", err)
		}
	}
}

func (b *bench) reportProcess(r *Report) {
	if len(b.starts.milliseconds) > 0 {
		r.addMedian(Process, "start.milliseconds", "handler, start to first answer", b.starts.milliseconds, "ms").atMost(60)
		r.addMedian(Process, "memory.start", "handler, memory after its start", b.starts.rss, "MiB").atMost(60)
	}
	if len(b.full.rss) > 0 {
		r.addMedian(Process, "memory.issued", fmt.Sprintf("handler, memory after %d certificates", b.Hostnames), b.full.rss, "MiB").atMost(60)
	}
	info, err := os.Stat(filepath.Join(b.Root, "bin", "handler"))
	if err != nil {
		r.problem("size of the handler", err)
		return
	}
	r.add(Process, "size", "handler, size of the program", float64(info.Size())/(1<<20), "MiB").atMost(40)
}

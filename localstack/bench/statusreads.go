package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/process"
	"certgate/localstack/storagedoor"
)

const (
	// readers is how many clients ask at the same time, each over a connection that
	// it keeps.
	readers = 16
	// readFor is how long they ask, after warming up.
	readFor, readWarmUp = 3 * time.Second, 500 * time.Millisecond
)

// readSamples are requests a second.
type readSamples struct {
	bare, direct, host []float64
	perThousand        []float64 // storage calls of a thousand direct requests
}

// statusReads asks for the statuses of the instances that are stored, as fast as
// it goes: of the handler, of the handler through the host, and of a bare route
// that answers from memory.
func (b *bench) statusReads(ctx context.Context, stack *localstack.Stack, run int, dir string) error {
	b.say("run %d: status reads", run)
	ids, sample, err := storedInstances(ctx, stack)
	if err != nil {
		return fmt.Errorf("status reads: %w", err)
	}
	bare, err := startBare(ctx, dir, sample)
	if err != nil {
		return fmt.Errorf("status reads: %w", err)
	}
	defer bare.Stop()
	for _, target := range []struct {
		base string
		into *[]float64
	}{{bare.base, &b.reads.bare}, {"http://" + stack.Host.HandlerAddr(), &b.reads.direct}, {stack.API(), &b.reads.host}} {
		before := stack.Door.Counts()
		n, rate, err := readAll(ctx, target.base, ids)
		if err != nil {
			return fmt.Errorf("status reads: %w", err)
		}
		*target.into = append(*target.into, rate)
		if target.into == &b.reads.direct {
			used := stack.Door.Counts().Sub(before)
			b.reads.perThousand = append(b.reads.perThousand, float64(used.Of(storagedoor.Table))*1000/float64(n))
		}
	}
	return nil
}

// storedInstances are the ids of what has been issued so far, and the status of
// one of them.
func storedInstances(ctx context.Context, stack *localstack.Stack) (ids []string, sample []byte, err error) {
	raw, err := get(ctx, http.DefaultClient, stack.API()+"/api/instances?top=50")
	if err != nil {
		return nil, nil, err
	}
	var all []struct{ InstanceID string }
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, nil, fmt.Errorf("list the instances: %w", err)
	}
	if len(all) == 0 {
		return nil, nil, errors.New("nothing has been issued")
	}
	for _, one := range all {
		ids = append(ids, one.InstanceID)
	}
	sample, err = get(ctx, http.DefaultClient, stack.API()+"/api/instances/"+ids[0])
	return ids, sample, err
}

// readAll has the readers ask for one id after the other. It returns how many
// answers came, warm-up included, and how many a second after it.
func readAll(ctx context.Context, base string, ids []string) (n int64, perSecond float64, err error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	var answers atomic.Int64
	var problem atomic.Pointer[error]
	end := time.Now().Add(readWarmUp + readFor) // no request is cut off
	var all sync.WaitGroup
	for reader := range readers {
		all.Go(func() {
			for i := reader; time.Now().Before(end); i++ {
				if _, err := get(ctx, client, base+"/api/instances/"+ids[i%len(ids)]); err != nil {
					problem.Store(&err)
					return
				}
				answers.Add(1)
			}
		})
	}
	time.Sleep(readWarmUp)
	from, began := answers.Load(), time.Now()
	all.Wait()
	if p := problem.Load(); p != nil {
		return 0, 0, *p
	}
	return answers.Load(), float64(answers.Load()-from) / time.Since(began).Seconds(), nil
}

func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set(apiclient.PrincipalHeader, apiclient.Principal("bench", "operator"))
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d", url, resp.StatusCode)
	}
	return body, err
}

type bareProcess struct {
	*process.Process
	base string
}

// startBare runs the bare route in a process of its own, as the handler is one.
func startBare(ctx context.Context, dir string, sample []byte) (*bareProcess, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "status.json")
	if err := os.WriteFile(file, sample, 0o600); err != nil {
		return nil, err
	}
	var bare *bareProcess
	err = process.OnFreePorts(1, func(ports []int) error {
		base := "http://127.0.0.1:" + strconv.Itoa(ports[0])
		child, err := process.Start(ctx, process.Spec{
			Name: "bare route", Path: program, Args: []string{"bare", strconv.Itoa(ports[0]), file},
			Ports: ports, LogFile: filepath.Join(dir, "bare.log"),
			Ready: func(ctx context.Context) error {
				_, err := get(ctx, http.DefaultClient, base+"/api/instances/ready")
				return err
			},
		})
		bare = &bareProcess{child, base}
		return err
	})
	return bare, err
}

func (b *bench) reportReads(r *Report) {
	if len(b.reads.direct) == 0 {
		return
	}
	r.addMedian(StatusReads, "status.bare", "status reads, a bare chi route that answers from memory", b.reads.bare, "1/s")
	r.addMedian(StatusReads, "status.handler", "status reads, handler", b.reads.direct, "1/s").
		noting("%d connections; signed in, with %s storage calls for a thousand requests", readers, number(median(b.reads.perThousand)))
	r.addMedian(StatusReads, "status.host", "status reads, handler through the stand-in of the host", b.reads.host, "1/s")
	r.add(StatusReads, "status.ratio", "status reads, handler in relation to the bare route", median(b.reads.direct)/median(b.reads.bare), "").atLeast(0.5)
}

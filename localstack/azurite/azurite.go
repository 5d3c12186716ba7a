// Package azurite runs the storage emulator: blobs, queues and tables with the
// same REST API, signatures and ETags as Azure Storage, on loopback ports.
package azurite

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"certgate/localstack/pause"
	"certgate/localstack/process"
)

// Options say how to run the emulator.
type Options struct {
	// Dir is its folder: log file, and data if OnDisk. Required.
	Dir string
	// OnDisk keeps data in Dir across runs; otherwise it lives in memory and is
	// gone when the emulator stops.
	OnDisk bool
	// Ports to listen on at 127.0.0.1. All zero: free ones.
	Ports Ports
	// Echo, if set, gets the log lines too.
	Echo io.Writer
}

// Azurite is a running emulator.
type Azurite struct {
	options Options
	ports   Ports
	node    string
	script  string
	child   atomic.Pointer[process.Process]
}

// Start runs the emulator and returns when all three services answer. The error
// is a *process.MissingError if Azurite or Node.js is not installed.
func Start(ctx context.Context, o Options) (*Azurite, error) {
	a := &Azurite{options: o, ports: o.Ports}
	if err := a.prepare(); err != nil {
		return nil, err
	}
	var err error
	if o.Ports != (Ports{}) {
		err = a.run(ctx)
	} else {
		err = process.OnFreePorts(3, func(free []int) error {
			a.ports = Ports{Blob: free[0], Queue: free[1], Table: free[2]}
			return a.run(ctx)
		})
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

//go:embed without_telemetry.cjs
var withoutTelemetry []byte

// prepare finds the program and makes the folder. The main script is run with
// node itself, which is what the link in .bin ends in.
func (a *Azurite) prepare() error {
	script, err := process.Locate("node_modules/azurite/dist/src/azurite.js")
	if err != nil {
		return fmt.Errorf("start azurite: %w", err)
	}
	a.script = script
	if a.node, err = process.Program("node"); err != nil {
		return fmt.Errorf("start azurite: %w", err)
	}
	if a.options.Dir, err = filepath.Abs(a.options.Dir); err != nil {
		return fmt.Errorf("start azurite: %w", err)
	}
	if err := os.MkdirAll(a.dataDir(), 0o755); err != nil {
		return fmt.Errorf("start azurite: %w", err)
	}
	if err := os.WriteFile(a.preload(), withoutTelemetry, 0o644); err != nil {
		return fmt.Errorf("start azurite: %w", err)
	}
	return nil
}

func (a *Azurite) dataDir() string { return filepath.Join(a.options.Dir, "data") }
func (a *Azurite) preload() string { return filepath.Join(a.options.Dir, "without_telemetry.cjs") }

func (a *Azurite) run(ctx context.Context) error {
	child, err := process.Start(ctx, process.Spec{
		Name:        "azurite",
		Path:        a.node,
		Args:        a.arguments(),
		Ports:       []int{a.ports.Blob, a.ports.Queue, a.ports.Table},
		Dir:         a.dataDir(), // nothing is written where the caller happens to be
		Env:         environment(os.Environ()),
		LogFile:     filepath.Join(a.options.Dir, "azurite.log"),
		Echo:        a.options.Echo,
		Ready:       a.ports.answer,
		ReadyWithin: 2 * time.Minute, // 0.9 s alone on two cores; a very busy machine took more than 30
		Grace:       a.grace(),
	})
	if err == nil {
		a.child.Store(child)
	}
	return err
}

func (a *Azurite) arguments() []string {
	args := []string{
		"--require", a.preload(), a.script,
		"--disableTelemetry",    // else it reports its use to its maker
		"--silent",              // no line for each request
		"--skipApiVersionCheck", // an SDK may speak a newer API version than the emulator knows
		"--blobPort", strconv.Itoa(a.ports.Blob),
		"--queuePort", strconv.Itoa(a.ports.Queue),
		"--tablePort", strconv.Itoa(a.ports.Table),
	}
	if a.options.OnDisk {
		return append(args, "--location", a.dataDir())
	}
	return append(args, "--inMemoryPersistence")
}

// grace is long enough to write the data to disk, on a busy machine too; in memory
// there is nothing to write.
func (a *Azurite) grace() time.Duration {
	if a.options.OnDisk {
		return 30 * time.Second
	}
	return time.Second
}

// environment leaves out what would change the emulator's account or data.
func environment(parent []string) []string {
	var env []string
	for _, v := range parent {
		if !strings.HasPrefix(v, "AZURITE_") && !strings.HasPrefix(v, "NODE_OPTIONS=") {
			env = append(env, v)
		}
	}
	return env
}

// Ports are those that the emulator listens on.
func (a *Azurite) Ports() Ports { return a.ports }

// ConnectionString is for a client that calls the emulator directly.
func (a *Azurite) ConnectionString() string { return a.ports.ConnectionString() }

// Done is closed when the present run has ended, for any reason.
func (a *Azurite) Done() <-chan struct{} { return a.child.Load().Done() }

// PID is the process id of the present run.
func (a *Azurite) PID() int { return a.child.Load().PID() }

// Restart stops the emulator and starts it on the same ports. Without OnDisk it
// is empty afterwards; with it, it is an error if the emulator could not end in
// good order: then the last seconds' writes are not on the disk. One that has ended
// already, killed or after such an error, starts with what is on the disk.
func (a *Azurite) Restart(ctx context.Context) error { return a.RestartAfter(ctx, 0) }

// RestartAfter is Restart with a time between the two in which nothing answers. It
// starts at once when ctx ends.
func (a *Azurite) RestartAfter(ctx context.Context, away time.Duration) error {
	child := a.child.Load()
	ran := child.State() == "running"
	child.Stop()
	if ran && a.options.OnDisk && child.ExitCode() != 0 {
		return fmt.Errorf("restart azurite: it did not end in good order (%s): what it had not written to disk is lost", child.State())
	}
	_ = pause.For(ctx, away) // an end of ctx is the start's to tell
	return a.run(ctx)
}

// Stop ends the emulator; data on disk is written first.
func (a *Azurite) Stop() { a.child.Load().Stop() }

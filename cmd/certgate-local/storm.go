package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"certgate/localstack/storm"
)

// errSaid is a failure that the last line of output tells of already.
var errSaid = errors.New("the report has a figure that must be 0")

// runStorm asks for many certificates while everything goes wrong. The last line
// is the report; it is an error if a figure is not 0 that must be.
func runStorm(ctx context.Context, root string, args []string) error {
	flags := flag.NewFlagSet("storm", flag.ContinueOnError)
	n := flags.Int("n", 200, "how many instances")
	seed := flags.Uint64("seed", 0, "repeats the plan of an earlier storm; 0 draws one")
	handler := flags.String("handler", "", "the built handler (default bin/handler)")
	keep := flags.Bool("keep", false, "keep the folder with data and logs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *n < 10 || *n > 5000 || flags.NArg() > 0 {
		return errors.New("a storm has 10 to 5000 instances: certgate-local storm -n 200 -seed 7")
	}
	for *seed == 0 {
		*seed = rand.Uint64() >> 32 // short enough to be typed
	}
	dir, err := os.MkdirTemp("", "certgate-storm-")
	if err != nil {
		return err
	}
	fmt.Printf("A storm of %d instances with seed %d; its logs are in %s.\n", *n, *seed, dir)
	report, err := storm.Run(ctx, storm.Options{
		Seed: *seed, N: *n, Root: root, Handler: *handler, Dir: dir, Say: os.Stdout,
		Blow: 2*time.Minute + time.Duration(*n)*3*time.Second, Grace: 20 * time.Minute,
	})
	if err != nil {
		return fmt.Errorf("%w (its log: %s)", err, filepath.Join(dir, "stack.log"))
	}
	if report.Clean() && !*keep {
		os.RemoveAll(dir)
	} else {
		fmt.Println("Data and logs are in " + dir + ".")
	}
	fmt.Println(report.Line())
	if !report.Clean() {
		return errSaid
	}
	return nil
}

// Command certgate-bench measures certgate on the local stack and prints a table
// and one line of JSON. It is what `make bench` calls; docs/benchmarks.md says how
// each figure is measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"certgate/localstack"
	"certgate/localstack/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "certgate-bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 3 && args[0] == "bare" { // certgate-bench starts itself so
		port, err := strconv.Atoi(args[1])
		if err != nil {
			return fmt.Errorf("port %q: %w", args[1], err)
		}
		return bench.ServeBare(port, args[2])
	}
	s := bench.Settings{Progress: os.Stderr}
	flags := flag.NewFlagSet("certgate-bench", flag.ContinueOnError)
	flags.Func("only", "figures to measure, such as 1,2 (default all)", numbers(&s.Only))
	flags.IntVar(&s.Runs, "runs", 3, "how often figures 1 to 5 are measured")
	flags.IntVar(&s.Hostnames, "hostnames", 99, "hostnames of figure 1; a gateway takes 99")
	flags.IntVar(&s.LegoRuns, "lego", 5, "hostnames that the lego command line issues in each run")
	flags.DurationVar(&s.IdleFor, "idle", 2*time.Minute, "how long the idle pollers are watched")
	flags.Func("sizes", "stored instances of figure 7 (default 1000,10000,100000)", numbers(&s.Sizes))
	if err := flags.Parse(args); err != nil {
		return err
	}
	if len(s.Sizes) == 0 {
		s.Sizes = []int{1000, 10000, 100000}
	}
	var err error
	if s.Root, err = localstack.ProjectRoot(); err != nil {
		return err
	}
	report, err := bench.Run(ctx, s)
	if err != nil {
		return err
	}
	return report.Write(os.Stdout)
}

// numbers reads a comma list.
func numbers(into *[]int) func(string) error {
	return func(text string) error {
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(part))
			if err != nil {
				return fmt.Errorf("%q is not a list of numbers", text)
			}
			*into = append(*into, n)
		}
		return nil
	}
}

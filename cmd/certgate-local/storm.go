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

// runStorm asks for many certificates while everything goes wrong: on one Functions
// host, and then on three with an Azure that ignores If-Match, unless it is told how
// many. After each storm comes its
// report, a line of JSON; it is an error if a figure is not 0 that must be, and then
// there is no further storm.
func runStorm(ctx context.Context, root string, args []string) error {
	flags := flag.NewFlagSet("storm", flag.ContinueOnError)
	o := storm.Options{Root: root, Say: os.Stdout, Grace: 20 * time.Minute}
	flags.IntVar(&o.N, "n", 200, "how many instances")
	flags.Uint64Var(&o.Seed, "seed", 0, "repeats the plan of an earlier storm; 0 draws one")
	flags.StringVar(&o.Handler, "handler", "", "the built handler (default bin/handler)")
	flags.BoolVar(&o.IfMatchIgnored, "if-match-ignored", false, "Resource Manager ignores If-Match of the handler's writes")
	hosts := hostsFlag(flags)
	keep := flags.Bool("keep", false, "keep the folder with data and logs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.N < 10 || o.N > 5000 || flags.NArg() > 0 {
		return errors.New("a storm has 10 to 5000 instances: certgate-local storm -n 200 -seed 7")
	}
	for o.Seed == 0 {
		o.Seed = rand.Uint64() >> 32 // short enough to be typed
	}
	o.Blow = 2*time.Minute + time.Duration(o.N)*3*time.Second
	if o.Hosts = *hosts; o.Hosts != "" {
		return oneStorm(ctx, o, *keep)
	}
	o.Hosts = "1"
	if err := oneStorm(ctx, o, *keep); err != nil {
		return err
	}
	o.Hosts, o.IfMatchIgnored = "3", true
	return oneStorm(ctx, o, *keep)
}

func oneStorm(ctx context.Context, o storm.Options, keep bool) (err error) {
	if o.Dir, err = os.MkdirTemp("", "certgate-storm-"); err != nil {
		return err
	}
	fmt.Printf("A storm of %d instances with seed %d, Functions hosts: %s, If-Match ignored: %t; its logs are in %s.\n", o.N, o.Seed, o.Hosts, o.IfMatchIgnored, o.Dir)
	report, err := storm.Run(ctx, o)
	if err != nil {
		return fmt.Errorf("%w (its log: %s)", err, filepath.Join(o.Dir, "stack.log"))
	}
	if report.Clean() && !keep {
		os.RemoveAll(o.Dir)
	} else {
		fmt.Println("Data and logs are in " + o.Dir + ".")
	}
	fmt.Println(report.Line())
	if !report.Clean() {
		return errSaid
	}
	return nil
}

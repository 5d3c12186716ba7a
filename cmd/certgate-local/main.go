// Command certgate-local runs certgate on this machine, with stand-ins for all
// of Azure. It is what `make run` and `make demo` call.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"certgate/localstack"
)

const usage = `usage:
  certgate-local run                    start the local stack; Ctrl-C ends it
  certgate-local cloud                  start all but the Functions host, and write dist/local.settings.json for one
  certgate-local host [FOLDER]          run a script root (dist/) by its local.settings.json, in place of func start
  certgate-local demo [-hosts 3] [-gateways 11] HOSTNAME...
                                        issue certificates on a fresh stack and check that each is served; -hosts is
                                        how many Functions hosts run the app, or flex for hosts as Flex Consumption has them;
                                        -gateways is how many Application Gateways share the hostnames
  certgate-local import HOSTNAME        import a certificate of another authority and check that it is served
  certgate-local renew HOSTNAME         issue one, have the CA suggest its renewal, check that the new one is served
  certgate-local storm [-n 200] [-seed 7] [-hosts 3] [-keep] [-handler FILE]
                                        ask for many certificates while everything goes wrong, then look what is left;
                                        without -hosts on one Functions host, then on three
  certgate-local with -- COMMAND...     run a command beside a fresh stack: BASE_URL is its web site, DNS_MANAGEMENT tells its DNS,
                                        OUTAGES stops services;
                                        -app before -- gives it the app's settings and identity as well, and API_URL
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(os.Stderr, usage)
			os.Exit(2)
		}
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(os.Stderr, "certgate-local:", err)
		}
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return flag.ErrHelp
	}
	root, err := localstack.ProjectRoot()
	if err != nil {
		return err
	}
	switch args[0] {
	case "run":
		return run(ctx, root)
	case "cloud":
		return cloud(ctx, root)
	case "host":
		return host(ctx, root, args[1:])
	case "demo":
		return demo(ctx, root, args[1:])
	case "import":
		return demoImport(ctx, root, args[1:])
	case "renew":
		return demoRenew(ctx, root, args[1:])
	case "storm":
		return runStorm(ctx, root, args[1:])
	case "with":
		return with(ctx, root, args[1:])
	}
	return flag.ErrHelp
}

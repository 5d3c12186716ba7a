package localstacktest

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// atOnce is how many stacks run side by side. Their tests wait for most of the time: for
// the host's next look, for the authority, for the gateway.
const atOnce = "6"

// Main runs the tests of a package of end-to-end tests, more of them at once than there
// are processors, unless -parallel says how many.
func Main(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

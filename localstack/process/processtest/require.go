// Package processtest lets tests depend on development tools.
package processtest

import (
	"errors"
	"os"
	"testing"

	"certgate/localstack/process"
)

// RequireTools ends the test if err is not nil. A tool that is not installed
// skips the test, unless CERTGATE_REQUIRE_TOOLS=1 says that it must be there.
func RequireTools(t testing.TB, err error) {
	t.Helper()
	if missing := new(process.MissingError); errors.As(err, &missing) && os.Getenv("CERTGATE_REQUIRE_TOOLS") != "1" {
		t.Skip(missing)
	}
	if err != nil {
		t.Fatal(err)
	}
}

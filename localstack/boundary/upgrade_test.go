package boundary_test

import (
	"os"
	"testing"

	"certgate/localstack/boundary"
	"certgate/localstack/localstacktest"
)

// otherHandler names the variable with the handler of another release.
const otherHandler = "CERTGATE_OTHER_HANDLER"

// An upgrade ends the old handler anywhere, and so does the way back. Each kill
// changes the release here, so that every step is begun by one and finished by the
// other, once from each side, at each of its boundaries.
func TestEitherReleaseGoesOnWithWhatTheOtherBegan(t *testing.T) {
	other := os.Getenv(otherHandler)
	if other == "" {
		t.Skip(otherHandler + " is not set: make upgradetest sets it")
	}
	this, err := localstacktest.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []struct{ name, first, second string }{{"upgrade", other, this}, {"way back", this, other}} {
		t.Run(way.name, func(t *testing.T) {
			for _, at := range append(boundary.Boundaries(), boundary.BeforeFirstMessage) {
				t.Run(string(at), func(t *testing.T) {
					t.Parallel()
					m := start(t, at, way.first, way.second)
					m.run()
					m.killedEverywhere(boundary.Others())
				})
			}
		})
	}
}

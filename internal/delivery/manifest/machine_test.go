package manifest_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"certgate/internal/delivery/manifest"
)

// The Bicep below testdata is what people get. CERTGATE_UPDATE=1 writes it anew, and with
// BICEP the compiler looks at it.
func TestTheBicepIsTheOneThatIsKept(t *testing.T) {
	t.Parallel()
	for file, got := range map[string]string{
		"machine-linux.bicep":   manifest.WriteMachine(manifest.Machine{Name: "web", ClientID: clientID}, shop()),
		"machine-windows.bicep": manifest.WriteMachine(manifest.Machine{Windows: true}, shop()),
		"frontdoor-front.bicep": manifest.WriteFrontDoor(manifest.FrontDoor{Profile: "edge", Secret: "shop-example-com", Host: "shop-a1b2c3.z01.azurefd.net"}, shop()),
		"frontdoor.bicep":       manifest.WriteFrontDoor(manifest.FrontDoor{Profile: "edge", Secret: "shop-example-com"}, shop()),
	} {
		path := filepath.Join("testdata", file)
		updating := os.Getenv("CERTGATE_UPDATE") != ""
		if updating {
			if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != got {
			t.Errorf("%s is not what is written now (%v):\n%s", path, err, got)
		}
		if compiler := os.Getenv("BICEP"); compiler != "" && updating { // it takes half a minute
			if out, err := exec.CommandContext(t.Context(), compiler, "build", "--stdout", path).CombinedOutput(); err != nil || containsWarning(string(out)) {
				t.Errorf("the compiler does not take %s: %v\n%s", path, err, out)
			}
		}
	}
}

func containsWarning(said string) bool {
	return strings.Contains(said, "Warning ") || strings.Contains(said, "Error ")
}

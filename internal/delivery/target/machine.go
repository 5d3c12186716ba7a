package target

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"certgate/internal/delivery/manifest"
)

var machineForm = regexp.MustCompile(`^[0-9A-Za-z_]([0-9A-Za-z_.-]{0,62}[0-9A-Za-z_])?$`)

// vmExtension is a virtual machine whose Key Vault extension reads the vault each hour.
// certgate writes the extension's settings, and looks at what the server there serves.
func vmExtension() Kind {
	return Kind{
		Name: "vmextension", Arrives: 2 * time.Hour, DocumentType: bicepType,
		Late: "Look at the state of the Key Vault extension of the machine, at the role of its identity on the vault, and whether the server there reads the certificate again.",
		Read: func(t *Target, own json.RawMessage) error {
			var o struct{ Machine, OS, ClientID string }
			if err := strict(own, &o); err != nil {
				return err
			}
			switch {
			case o.OS != "linux" && o.OS != "windows":
				return fmt.Errorf("has the os %q, which is neither linux nor windows", o.OS)
			case o.Machine != "" && !machineForm.MatchString(o.Machine):
				return fmt.Errorf("has the machine %q, which is no name of one", o.Machine)
			case o.ClientID != "" && !guidForm.MatchString(o.ClientID):
				return errors.New("has a clientId that is no GUID; without one the machine's own identity is used")
			}
			t.Documents = func(w manifest.Wanted) (string, error) {
				return manifest.WriteMachine(manifest.Machine{Name: o.Machine, Windows: o.OS == "windows", ClientID: o.ClientID}, w), nil
			}
			return nil
		},
	}
}
